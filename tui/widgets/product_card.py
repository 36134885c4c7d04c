"""One product of an answer: its picture and what a shopper asks about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message

from lookalike.plain_text import plain
from tui.search.history import Search
from tui.search.likeness import (
    EQUAL_MATCH,
    SIMILAR_MATCH,
    amount_saved,
    bar,
    in_words,
    price,
    sold_out,
)
from tui.search.session import Mark
from tui.widgets.picture_box import Canvas, PictureBox
from tui.widgets.words import Words
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit, ProductReply

_BAR_CELLS = 5


def saving_text(hit: Hit, search: Search) -> str:
    """What a hit of an answer saves, or nothing."""
    saved = amount_saved(hit, search)
    if not saved:
        return ""
    return say("saves {amount}", amount=saved)


def price_line(product: ProductReply) -> Content:
    """What a product costs, and that it is sold out where it is."""
    gone = sold_out(product)
    about = [Content.styled(price(product), "bold")]
    return Content(" ").join([*about, Content.styled(gone, "$text-warning")] if gone else about)


def likeness_line(hit: Hit) -> Content:
    """Similarity as a bar, a number and words."""
    colour = (
        "$text-success"
        if hit.match >= EQUAL_MATCH
        else "$text-warning"
        if hit.match >= SIMILAR_MATCH
        else "$text-muted"
    )
    return Content.assemble(
        (bar(hit.similarity, _BAR_CELLS), f"{colour} on $panel"),
        f" {hit.similarity:.2f} ",
        (in_words(hit.match), colour),
    )


def mark_text(mark: Mark | None) -> Content:
    """The shopper's mark."""
    match mark:
        case Mark.UP:
            return Content.styled(f"▲ {say('I like it')}", "$text-success")
        case Mark.DOWN:
            return Content.styled(f"▼ {say('not for me')}", "$text-error")
    return Content("")


class ProductCard(Horizontal, can_focus=True):
    """A product; Enter or a click opens its details."""

    HELP = "A product that looks like yours. Enter shows all about it."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "open", "Details")]

    DEFAULT_CSS = """
    ProductCard { height: 8; border: round $border-blurred; padding: 0 1 0 0; }
    ProductCard:focus { border: round $border; background: $surface; }
    ProductCard.-down { opacity: 60%; }
    ProductCard PictureBox { width: 12; height: 6; margin-right: 1; }
    ProductCard Vertical { width: 1fr; height: 6; }
    ProductCard Words { width: 1fr; height: auto; }
    ProductCard .title { max-height: 2; text-style: bold; }
    ProductCard .rest { text-wrap: nowrap; text-overflow: ellipsis; }
    """

    @dataclass
    class Opened(Message):
        """Its details are wanted."""

        hit: Hit

    def __init__(self, hit: Hit, canvas: Canvas) -> None:
        super().__init__()
        self.hit = hit
        self.picture = PictureBox(canvas, placeholder="…")
        self._title = Words(classes="title")
        self._rest = Words(classes="rest")
        self._shown: tuple[Hit, str, Mark | None] | None = None
        self.border_title = f"{hit.rank}"

    def compose(self) -> ComposeResult:
        """Picture and words."""
        yield self.picture
        with Vertical():
            yield self._title
            yield self._rest

    def show(self, hit: Hit, search: Search, mark: Mark | None) -> None:
        """Show a hit of an answer."""
        saved = saving_text(hit, search)
        if (hit, saved, mark) == self._shown:
            return
        self.hit, self._shown = hit, (hit, saved, mark)
        self.border_title = f"{hit.rank}"
        self.set_class(mark is Mark.DOWN, "-down")
        product = hit.product
        self.border_subtitle = mark_text(mark).markup
        about = [
            Content.styled(plain(product.brand), "$text-muted"),
            price_line(product),
            likeness_line(hit),
            Content.styled(saved, "$text-success"),
        ]
        self._title.tell(plain(product.title))
        self._rest.tell(Content("\n").join(about))

    def action_open(self) -> None:
        """Ask for its details."""
        self.post_message(self.Opened(self.hit))

    def on_click(self, event: events.Click) -> None:
        """A double click opens; one alone has given the focus."""
        if event.chain == 2:
            self.action_open()
