"""All about one product."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from lookalike.plain_text import plain
from tui.messages import LinkWanted, MoreLike
from tui.screens.session_screen import Surroundings
from tui.search.likeness import certainty
from tui.search.session import Mark
from tui.widgets.key_bar import KeyBar
from tui.widgets.picture_box import PictureBox
from tui.widgets.product_card import likeness_line, mark_text, price_line, saving_text
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit


class DetailsScreen(ModalScreen[None]):
    """A product, large."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "more", "More like it"),
        Binding("o", "open_link", "Open page"),
        Binding("y", "copy_link", "Copy link"),
        Binding("plus,equals_sign", "mark('up')", "Like", key_display="+"),
        Binding("minus", "mark('down')", "Dislike", key_display="-"),
        Binding("escape,enter", "dismiss", "Close", key_display="esc"),
    ]

    def __init__(self, surroundings: Surroundings, hit: Hit) -> None:
        super().__init__()
        self.given = surroundings
        self.hit = hit
        self._search = surroundings.session.history.current
        self._large = PictureBox(surroundings.canvas, placeholder="…", widget_id="large")

    def compose(self) -> ComposeResult:
        """Picture at the left, words at the right."""
        with Vertical(id="details") as frame:
            frame.border_title = Content(plain(self.hit.product.title))
            with Horizontal():
                yield self._large
                with VerticalScroll():
                    yield Static(id="about")
            yield KeyBar()

    def on_mount(self) -> None:
        """Show the words at once, the picture when it is there; the keys scroll the words."""
        self.query_one(VerticalScroll).focus()
        self._show_words()
        self.run_worker(self._show_picture())

    async def _show_picture(self) -> None:
        picture = await self.given.thumbnails.fetch(self.hit.product.image_url)
        self._large.show(picture, say("no picture"))

    def _show_words(self) -> None:
        session, hit, search = self.given.session, self.hit, self._search
        product = hit.product
        saved = saving_text(hit, search) if search else ""
        lines = [
            Content.styled(plain(product.title), "bold"),
            Content.styled(plain(product.brand), "$text-muted"),
            Content(""),
            Content.assemble(price_line(product), (f"  {saved}", "$text-success")),
            likeness_line(hit),
            Content(say("{match} sure that it is the same look", match=certainty(hit.match))),
            mark_text(session.marks.get(product.id)),
            self._row(say("category"), say(product.category)),
            *(self._row(plain(name), plain(is_)) for name, is_ in product.attributes.items()),
            self._row(say("product"), plain(product.id)),
            self._row(say("page"), plain(product.item_url)),
        ]
        self.query_one("#about", Static).update(Content("\n").join(lines))

    @staticmethod
    def _row(name: str, value: str) -> Content:
        return Content.assemble((f"{name}  ", "$text-muted"), value)

    def action_more(self) -> None:
        """Search for what looks like it."""
        self.app.post_message(MoreLike(self.hit.product))
        self.dismiss()

    def action_open_link(self) -> None:
        """Open its page."""
        self.post_message(LinkWanted(self.hit.product))

    def action_copy_link(self) -> None:
        """Copy its address."""
        self.post_message(LinkWanted(self.hit.product, copy=True))

    def action_mark(self, mark: str) -> None:
        """Mark it."""
        self.given.session.mark(self.hit.product.id, Mark(mark))
        self._show_words()
