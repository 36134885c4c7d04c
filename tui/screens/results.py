"""What looks like it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, DataTable, Static

from lookalike.plain_text import plain
from tui.messages import LinkWanted, MoreLike, SearchWanted
from tui.screens.asking_screen import AskingScreen
from tui.screens.details import DetailsScreen
from tui.screens.save import SaveScreen
from tui.screens.session_screen import Surroundings
from tui.search.history import Search
from tui.search.question import PhotoQuestion
from tui.search.session import Mark, SearchSession
from tui.search.view_picture import close_up
from tui.settings import SettingsFile, View
from tui.widgets.ask_panel import AskPanel
from tui.widgets.card_grid import CardGrid
from tui.widgets.key_bar import KeyBar
from tui.widgets.picture_box import PictureBox
from tui.widgets.product_card import ProductCard
from tui.widgets.product_table import ProductTable
from tui.widgets.status_line import StatusLine
from tui.widgets.title_bar import TitleBar
from tui.widgets.verdict_bar import VerdictBar
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit


class ResultsScreen(AskingScreen):
    """The answer that is looked at, and its neighbours in the history."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "more", "Similar"),
        Binding("o", "open_link", "Open"),
        Binding("f", "filters", "Filters"),
        Binding("v", "view", "View"),
        Binding("s", "save", "Save"),
        Binding("escape", "back_to_photo", "Photo"),
        Binding("y", "copy_link", "Copy the link", show=False),
        Binding("plus,equals_sign", "mark('up')", "Mark as liked", show=False),
        Binding("minus", "mark('down')", "Mark as not for me", show=False),
        Binding("left_square_bracket,alt+left", "app.travel(-1)", "Previous search", show=False),
        Binding("right_square_bracket,alt+right", "app.travel(1)", "Next search", show=False),
        Binding("c", "app.copy_request('curl')", "Copy as curl", show=False),
        Binding("n", "app.copy_request('nats')", "Copy as nats req", show=False),
        Binding("f5", "search", "Search again", show=False),
    ]

    def __init__(self, surroundings: Surroundings, settings: SettingsFile) -> None:
        super().__init__(surroundings)
        self._settings = settings
        self._view: View = settings.now.view
        self._shown: Search | None = None

    def compose(self) -> ComposeResult:
        """Verdict on top, filters at the side, products in the middle."""
        yield TitleBar()
        with Horizontal(id="results"):
            with Vertical(id="results-side"):
                asked = PictureBox(self.given.canvas, widget_id="asked")
                asked.border_title = say("You look for")
                yield asked
                yield AskPanel(self.given.session.filters)
            with Vertical(id="results-main"):
                yield VerdictBar()
                with ContentSwitcher(initial=self._view):
                    with Vertical(id="cards"):
                        yield CardGrid(self.given.canvas)
                    with Vertical(id="table"):
                        yield ProductTable()
                yield Static(
                    say("Loosen the filters (F): another category, a higher price, any brand."),
                    id="nothing",
                )
        yield StatusLine()
        yield KeyBar()

    def show_session(self, session: SearchSession) -> None:
        """Show the answer looked at, and what is going on."""
        search = session.history.current
        self.query_one(AskPanel).show(session.filters, session.photo, session.brands_seen())
        self.query_one(StatusLine).show(
            waiting=self.waiting(session),
            trouble=session.trouble,
            hint=self._hint(session),
        )
        if search is None:
            return
        at, count = session.history.place
        self.query_one(TitleBar).show(self._about(search), f"{at}/{count}")
        self.query_one(VerdictBar).show(search)
        filters = search.question.filters
        can_be_loosened = filters.narrow or filters.category != "any"
        self.query_one("#nothing").display = not search.answer.hits and can_be_loosened
        self.query_one(ContentSwitcher).display = bool(search.answer.hits)
        cards = self.query_one(CardGrid).show(search, session.marks)
        self.query_one(ProductTable).show(search, session.marks)
        if search is not self._shown:
            self._shown = search
            self.workers.cancel_group(self, "pictures")  # those of another answer, or late
            self._fetch_pictures(cards)
            self._show_asked(search)
            if not self.query_one(AskPanel).has_focus_within:
                self._focus_products(None)

    def on_resize(self) -> None:
        """Filters that have the keys stay in sight in a window made narrow."""
        if self.query_one(AskPanel).has_focus_within:
            self.add_class("-filters")

    @staticmethod
    def _about(search: Search) -> str:
        match search.question:
            case PhotoQuestion(photo, box, _):
                return f"{plain(photo.name)}  {box.x},{box.y} {box.width} × {box.height}"
        return plain(search.question.product.title)

    @staticmethod
    def _hint(session: SearchSession) -> str:
        search = session.history.current
        if search is None:
            return ""
        return say(
            "{n} products.  + likes, - dislikes, [ and ] go through your searches.",
            n=len(search.answer.hits),
        )

    def _show_asked(self, search: Search) -> None:
        box = self.query_one("#asked", PictureBox)
        match search.question:
            case PhotoQuestion(photo, crop, _):
                box.show(close_up(photo, crop))
            case question:
                self._fetch_into(box, question.product.image_url)

    def _fetch_pictures(self, cards: list[ProductCard]) -> None:
        for card in cards:
            self._fetch_into(card.picture, card.hit.product.image_url)

    def _fetch_into(self, box: PictureBox, image_url: str | None) -> None:
        kept = self.given.thumbnails.kept(image_url)
        if kept is not None or not image_url:
            box.show(kept, say("no picture"))
        else:
            box.wait_for(image_url, "…")
            self.run_worker(self._fetched_into(box, image_url), group="pictures")

    async def _fetched_into(self, box: PictureBox, image_url: str) -> None:
        picture = await self.given.thumbnails.fetch(image_url)
        box.show_awaited(image_url, picture, say("no picture"))

    @property
    def current(self) -> Hit | None:
        """The product that keys act on."""
        if self._view == "table":
            return self.query_one(ProductTable).current
        return self.query_one(CardGrid).current

    def _focus_products(self, product_id: str | None) -> None:
        if self._view == "table":
            table = self.query_one(ProductTable)
            table.cursor_on(product_id)
            table.focus()
        else:
            self.query_one(CardGrid).focus_on(product_id)

    @on(AskPanel.FiltersWanted)
    def _filter(self, event: AskPanel.FiltersWanted) -> None:
        self.given.session.change_filters(event.filters)
        self.post_message(SearchWanted())

    def action_search(self) -> None:
        """Ask again."""
        if self.take_typed():
            self.post_message(SearchWanted())

    def take_typed(self) -> bool:
        """Ask with the filters that stand in the fields, which are shown where they can't be."""
        filters = self.query_one(AskPanel).take()
        if filters is None:
            self.add_class("-filters")
            return False
        if filters != self.given.session.filters:
            self.given.session.change_filters(filters)
        return True

    def action_back_to_photo(self) -> None:
        """Wait no longer, leave the filters, or go back to the photo: whichever comes first."""
        if self.given.session.running is not None:
            self.given.session.look_at_answer()
            self.app.call_later(self.app.run_action, "cancel")
        elif self.query_one(AskPanel).has_focus_within:
            self.action_filters()
        else:
            self.given.session.look_at_photo()
            self.dismiss()

    def action_filters(self) -> None:
        """Show or hide the filters."""
        side = self.query_one("#results-side")
        if self.query_one(AskPanel).has_focus_within:
            self.remove_class("-filters")
            self._focus_products(None)
        else:
            self.add_class("-filters")
            side.query_one("#max_price").focus()

    def action_view(self) -> None:
        """Cards or table."""
        hit = self.current
        self._view = "cards" if self._view == "table" else "table"
        self.query_one(ContentSwitcher).current = self._view
        self._settings.change(view=self._view)
        self._focus_products(None if hit is None else hit.product.id)

    def action_save(self) -> None:
        """Save the answer to a file."""
        search = self.given.session.history.current
        if search is not None:
            self.app.push_screen(SaveScreen(self.given, search))

    def action_more(self) -> None:
        """Search for what looks like the product."""
        if (hit := self.current) is not None:
            self.post_message(MoreLike(hit.product))

    def action_open_link(self) -> None:
        """Open the product's page."""
        if (hit := self.current) is not None:
            self.post_message(LinkWanted(hit.product))

    def action_copy_link(self) -> None:
        """Copy the page's address."""
        if (hit := self.current) is not None:
            self.post_message(LinkWanted(hit.product, copy=True))

    def action_mark(self, mark: str) -> None:
        """Mark the product."""
        if (hit := self.current) is not None:
            self.given.session.mark(hit.product.id, Mark(mark))
            self.changed()

    @on(ProductCard.Opened)
    def _open_card(self, event: ProductCard.Opened) -> None:
        self._details(event.hit)

    @on(DataTable.RowSelected)
    def _open_row(self) -> None:
        if (hit := self.query_one(ProductTable).current) is not None:
            self._details(hit)

    def _details(self, hit: Hit) -> None:
        if self.is_active:  # an Enter held down has opened them before
            self.app.push_screen(DetailsScreen(self.given, hit))
