"""The products of an answer as cards, in as many columns as fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ItemGrid, VerticalScroll

from tui.search.history import Search
from tui.search.session import Mark
from tui.widgets.picture_box import Canvas
from tui.widgets.product_card import ProductCard

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit

_CARD_COLUMNS = 38


class CardGrid(VerticalScroll, can_focus=False):
    """Cards that the arrow keys walk over."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Previous product", show=False),
        Binding("right", "step(1)", "Next product", show=False),
        Binding("up", "row(-1)", "Product above", show=False),
        Binding("down", "row(1)", "Product below", show=False),
        Binding("home", "first", "First product", show=False),
        Binding("end", "last", "Last product", show=False),
    ]

    DEFAULT_CSS = """
    CardGrid { height: 1fr; scrollbar-size-vertical: 1; }
    CardGrid ItemGrid { height: auto; grid-gutter: 0 1; padding: 0 1; }
    """

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self._canvas = canvas
        self._cards: list[ProductCard] = []
        self._grid = ItemGrid(min_column_width=_CARD_COLUMNS, stretch_height=False)

    def compose(self) -> ComposeResult:
        """The grid."""
        yield self._grid

    @property
    def cards(self) -> list[ProductCard]:
        """The cards in their order."""
        return list(self._cards)

    @property
    def current(self) -> Hit | None:
        """The product of the card that has the keys."""
        card = next((card for card in self.cards if card.has_focus), None)
        return None if card is None else card.hit

    def show(self, search: Search, marks: Mapping[str, Mark]) -> list[ProductCard]:
        """Show an answer; the cards that lack their picture, be they new or without one so far."""
        hits, shown = search.answer.hits, self.cards
        made = [ProductCard(hit, self._canvas) for hit in hits[len(shown) :]]
        self._cards = [*shown[: len(hits)], *made]
        self.remove_children(shown[len(hits) :])
        self._grid.mount_all(made)
        lacking = []
        for card, hit in zip(self._cards, hits, strict=True):
            if card.hit.product != hit.product or card.picture.picture_size() is None:
                lacking.append(card)
            card.show(hit, search, marks.get(hit.product.id))
        return lacking

    def focus_on(self, product_id: str | None) -> None:
        """Give the keys to a product's card; to the first one where it is not there."""
        cards = self.cards
        card = next((card for card in cards if card.hit.product.id == product_id), None)
        if cards:
            (card or cards[0]).focus()

    def action_step(self, by: int) -> None:
        """Walk along."""
        self._go(self._at() + by)

    def action_row(self, by: int) -> None:
        """Walk up or down a row."""
        cards = self.cards
        columns = sum(card.region.y == cards[0].region.y for card in cards) if cards else 1
        wanted = self._at() + by * columns
        if wanted >= len(cards) and self._at() // columns < (len(cards) - 1) // columns:
            wanted = len(cards) - 1
        self._go(wanted)

    def action_first(self) -> None:
        """Go to the first one."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last one."""
        self._go(len(self.cards) - 1)

    def _at(self) -> int:
        return next((at for at, card in enumerate(self.cards) if card.has_focus), 0)

    def _go(self, to: int) -> None:
        cards = self.cards
        if 0 <= to < len(cards):
            cards[to].focus()
