"""The photo, the box on it, and what to look for."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.widgets import Button

from lookalike.plain_text import plain
from tui.messages import InFront, SearchWanted
from tui.screens.asking_screen import AskingScreen
from tui.search.crop_box import Box, size_of, whole
from tui.search.photo import Photo
from tui.search.session import SearchSession
from tui.search.view_picture import close_up
from tui.widgets.ask_panel import AskPanel
from tui.widgets.crop_fields import CropFields
from tui.widgets.key_bar import KeyBar
from tui.widgets.photo_view import PhotoView
from tui.widgets.picture_box import PictureBox
from tui.widgets.status_line import StatusLine
from tui.widgets.title_bar import TitleBar
from tui.wording import say


class LookScreen(AskingScreen):
    """Point at a garment.

    What is still on its way as an answer covers the photo comes too late, and changes nothing.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+o", "app.choose", "Choose photo"),
        Binding("f5", "search", "Search", show=False),
        Binding("escape", "app.cancel", "Cancel", show=False),
    ]

    _close_up: tuple[Photo, Box] | None = None

    def compose(self) -> ComposeResult:
        """The photo at the left, the rest in a column."""
        yield TitleBar()
        with Horizontal(id="look"):
            yield PhotoView(self.given.canvas, widget_id="photo")
            with Vertical(id="look-side"):
                yield CropFields()
                yield AskPanel(self.given.session.filters)
                close = PictureBox(self.given.canvas, widget_id="close-up")
                close.border_title = say("Close up")
                yield close
                yield Button(say("Search"), id="search", variant="primary", compact=True)
        yield StatusLine()
        yield KeyBar()

    def on_mount(self) -> None:
        """The photo has the keys."""
        self.query_one(PhotoView).focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """An answer that waits for a field may be shown where that is left."""
        self.post_message(InFront())

    def show_session(self, session: SearchSession) -> None:
        """Show photo, box, filters and what is going on."""
        photo, box = session.photo, session.box
        if photo is not None and box is not None:
            view = self.query_one(PhotoView)
            view.frame_in(Color.parse(self.app.theme_variables["accent"]))
            view.show_photo(photo, box, suggestions=bool(session.suggestions))
            self.query_one(CropFields).show(photo, box, self._box_note(session))
            self._show_close_up(photo, box)
            about = f"{plain(photo.name)}  {photo.width} × {photo.height}"
        else:
            self.query_one(PhotoView).show(None, say("No photo yet: Ctrl+O chooses one."))
            about = ""
        self.query_one(AskPanel).show(session.filters, photo, session.brands_seen())
        at, count = session.history.place
        self.query_one(TitleBar).show(about, f"{at}/{count}" if count else "")
        self.query_one(StatusLine).show(
            waiting=self.waiting(session),
            trouble=session.trouble,
            hint=say("Draw a box around the garment, then press Enter."),
        )
        self.query_one("#search", Button).disabled = photo is None or session.running is not None

    def _show_close_up(self, photo: Photo, box: Box) -> None:
        if (photo, box) != self._close_up:
            self._close_up = (photo, box)
            self.query_one("#close-up", PictureBox).show(close_up(photo, box))

    @staticmethod
    def _box_note(session: SearchSession) -> str:
        if session.suggestion is not None:
            return say(
                "suggestion {n} of {all}",
                n=session.suggestion + 1,
                all=len(session.suggestions),
            )
        if session.photo is not None and session.box == whole(size_of(session.photo)):
            return say("the whole photo")
        return ""

    @on(PhotoView.SearchWanted)
    @on(CropFields.SearchWanted)
    @on(Button.Pressed, "#search")
    def action_search(self) -> None:
        """Ask about the photo, whatever was asked about last."""
        if self.is_active and self.take_typed():
            self.post_message(SearchWanted())

    def take_typed(self) -> bool:
        """Ask about the box and with the filters that stand in the fields."""
        box = self.query_one(CropFields).take()
        if box is None:
            return False
        filters = self.query_one(AskPanel).take()
        if filters is None:
            return False
        self.given.session.place_box(box)
        self.given.session.change_filters(filters)
        return True

    @on(CropFields.BoxTyped)
    def _take_typed_box(self, event: CropFields.BoxTyped) -> None:
        if self.is_active:
            self.given.session.place_box(event.box)
            self.changed()

    @on(PhotoView.BoxWanted)
    def _take_drawn_box(self, event: PhotoView.BoxWanted) -> None:
        if self.is_active:
            self.query_one(CropFields).drop_typed()
            self.given.session.place_box(event.box)
            self.changed()

    @on(PhotoView.AllWanted)
    def _take_all(self) -> None:
        photo = self.given.session.photo
        if photo is not None:
            self._take_drawn_box(PhotoView.BoxWanted(whole(size_of(photo))))

    @on(PhotoView.SuggestionWanted)
    def _suggestion(self, event: PhotoView.SuggestionWanted) -> None:
        if not self.is_active:
            return
        if self.given.session.next_suggestion(event.step):
            self.changed()
        elif event.step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @on(AskPanel.FiltersWanted)
    def _filter(self, event: AskPanel.FiltersWanted) -> None:
        if not self.is_active:
            return
        self.given.session.change_filters(event.filters)
        self.changed()
        if event.search:
            self.action_search()
