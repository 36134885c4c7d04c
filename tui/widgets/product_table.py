"""The products of an answer as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from lookalike.plain_text import plain
from tui.search.history import Search
from tui.search.likeness import amount_saved, certainty, in_words, price, sold_out
from tui.search.session import Mark
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit

_NUMBERS = (1, 3)
_MARKS = {None: "", Mark.UP: "▲", Mark.DOWN: "▼"}


class ProductTable(DataTable[Text]):
    """A row a product."""

    HELP = "The products as a table. Enter shows all about one."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Details")]

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True)
        self._hits: list[Hit] = []
        self._shown: list[list[str]] = []

    @property
    def current(self) -> Hit | None:
        """The product under the cursor."""
        return self._hits[self.cursor_row] if self.cursor_row < len(self._hits) else None

    def show(self, search: Search, marks: Mapping[str, Mark]) -> None:
        """Show an answer; the cursor stays on its row, and only cells that differ are drawn."""
        before, self._hits = self._hits, list(search.answer.hits)
        rows = [self._cells(hit, search, marks.get(hit.product.id)) for hit in self._hits]
        if [hit.product.id for hit in before] != [hit.product.id for hit in self._hits]:
            self._fill(rows)
        for at, (cells, shown) in enumerate(zip(rows, self._shown, strict=True)):
            for column, cell in enumerate(cells):
                if cell != shown[column]:
                    place = Coordinate(at, column)
                    self.update_cell_at(place, _text(column, cell), update_width=True)
        self._shown = rows

    def _fill(self, rows: list[list[str]]) -> None:
        row = self.cursor_row
        self.clear(columns=True)
        for heading in ("#", "Alike", "Match", "Price", "Saving", "Title", "Brand"):
            self.add_column(say(heading))
        for cells in rows:
            self.add_row(*(_text(column, cell) for column, cell in enumerate(cells)))
        self.move_cursor(row=min(row, max(len(rows) - 1, 0)))
        self._shown = rows

    @staticmethod
    def _cells(hit: Hit, search: Search, mark: Mark | None) -> list[str]:
        product = hit.product
        return [
            f"{hit.rank}{_MARKS[mark]}",
            f"{hit.similarity:.2f}",
            f"{certainty(hit.match)} {in_words(hit.match)}",
            "  ".join(filter(None, [sold_out(product), price(product)])),  # amounts end alike
            amount_saved(hit, search),
            plain(product.title),
            plain(product.brand),
        ]

    def cursor_on(self, product_id: str | None) -> None:
        """Move the cursor to a product, where it is there."""
        row = next((r for r, hit in enumerate(self._hits) if hit.product.id == product_id), 0)
        self.move_cursor(row=row)


def _text(column: int, cell: str) -> Text:
    return Text(cell, justify="right" if column in _NUMBERS else "left")
