"""The products of an answer as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text
from textual.widgets import DataTable

from tui.search.likeness import amount_saved, in_words, price
from tui.search.plain_text import plain
from tui.search.question import Answer
from tui.search.session import Mark
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit

_MARKS = {None: "", Mark.UP: "▲", Mark.DOWN: "▼"}


class ProductTable(DataTable[Text]):
    """A row a product."""

    HELP = "The products as a table. Enter shows all about one."

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=True)
        self._hits: list[Hit] = []

    @property
    def current(self) -> Hit | None:
        """The product under the cursor."""
        return self._hits[self.cursor_row] if self.cursor_row < len(self._hits) else None

    def show(self, answer: Answer, marks: Mapping[str, Mark]) -> None:
        """Show an answer; the cursor stays on its row."""
        row = self.cursor_row
        self.clear(columns=True)
        self._hits = list(answer.hits)
        for heading in ("#", "Alike", "Match", "Price", "Saving", "Title", "Brand"):
            self.add_column(say(heading))
        for hit in self._hits:
            product, mark = hit.product, _MARKS[marks.get(hit.product.id)]
            saved = amount_saved(hit, self._hits)
            self.add_row(
                Text(f"{hit.rank}{mark}"),
                Text(f"{hit.similarity:.2f}", justify="right"),
                Text(f"{hit.match:.0%} {in_words(hit.match)}"),
                Text(price(product), justify="right"),
                Text(saved),
                Text(plain(product.title)),
                Text(plain(product.brand)),
                key=product.id,
            )
        self.move_cursor(row=min(row, max(len(self._hits) - 1, 0)))

    def cursor_on(self, product_id: str | None) -> None:
        """Move the cursor to a product, where it is there."""
        row = next((r for r, hit in enumerate(self._hits) if hit.product.id == product_id), 0)
        self.move_cursor(row=row)
