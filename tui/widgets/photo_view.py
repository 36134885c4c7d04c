"""The photo with the crop box on it, which keys and the mouse move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.message import Message

from tui.search.crop_box import Box, Size, between, size_of
from tui.search.photo import Photo
from tui.search.view_picture import framed
from tui.search.view_port import drag
from tui.widgets.picture_box import PictureBox

if TYPE_CHECKING:
    from PIL import Image

_MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class PhotoView(PictureBox, can_focus=True):
    """Shows what it is told to; posts the box that the shopper wants instead."""

    HELP = """The photo. Draw a box around the garment with the mouse, move it with the arrow \
keys, or take one that the service suggests."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "search", "Search"),
        Binding("tab", "suggested(1)", "Next suggestion"),
        Binding("shift+tab", "suggested(-1)", "Previous suggestion", show=False),
        Binding("a", "take_all", "All of it"),
        *(
            Binding(side, f"move({x},{y})", "Move the box by 1 px", show=False)
            for side, (x, y) in _MOVES.items()
        ),
        *(
            Binding(f"shift+{side}", f"move({x}0,{y}0)", "Move the box by 10 px", show=False)
            for side, (x, y) in _MOVES.items()
        ),
        *(
            Binding(
                f"ctrl+{side}",
                f"stretch({x},{y})",
                "Move its lower right corner by 1 px",
                show=False,
            )
            for side, (x, y) in _MOVES.items()
        ),
        *(
            Binding(
                f"ctrl+shift+{side}",
                f"stretch({x}0,{y}0)",
                "Move its lower right corner by 10 px",
                show=False,
            )
            for side, (x, y) in _MOVES.items()
        ),
        Binding("plus,equals_sign", "grow(10)", "Grow the box by 10 px", show=False),
        Binding("minus", "grow(-10)", "Shrink the box by 10 px", show=False),
        Binding("full_stop", "grow(1)", "Grow the box by 1 px", show=False),
        Binding("comma", "grow(-1)", "Shrink the box by 1 px", show=False),
    ]

    @dataclass
    class BoxWanted(Message):
        """The shopper moved or drew the box."""

        box: Box

    @dataclass
    class SuggestionWanted(Message):
        """The next (1) or previous (-1) suggested box is wanted."""

        step: int

    class AllWanted(Message):
        """The whole photo is wanted."""

    class SearchWanted(Message):
        """Enter was pressed."""

    _photo: Photo | None = None
    _box: Box | None = None
    _frame: tuple[int, int, int] = (255, 255, 255)
    _drag_from: tuple[float, float] | None = None
    _suggestions = False

    def show_photo(self, photo: Photo, box: Box, *, suggestions: bool) -> None:
        """Show a photo and the box on it; Tab goes through suggestions where there are any."""
        if suggestions != self._suggestions:
            self._suggestions = suggestions
            self.refresh_bindings()
        if (photo, box) != (self._photo, self._box):
            self._photo, self._box = photo, box
            self.redraw()

    def frame_in(self, colour: Color) -> None:
        """Draw the box's frame in another colour."""
        if self._frame != colour.rgb:
            self._frame = colour.rgb
            self.redraw()

    def picture_size(self) -> Size | None:
        """The photo's."""
        return None if self._photo is None else size_of(self._photo)

    def picture_at(self, width: int, height: int, line: int) -> Image.Image:
        """The photo, dimmed outside the box."""
        assert self._photo is not None
        assert self._box is not None
        return framed(self._photo, self._box, width, height, self._frame, line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab moves the focus where nothing is suggested."""
        return self._suggestions if action == "suggested" else True

    def action_move(self, dx: int, dy: int) -> None:
        """Move the box."""
        if self._photo and self._box:
            self.post_message(self.BoxWanted(self._box.moved(dx, dy, size_of(self._photo))))

    def action_stretch(self, dx: int, dy: int) -> None:
        """Move the box's lower right corner."""
        if self._photo and self._box:
            self.post_message(self.BoxWanted(self._box.stretched(dx, dy, size_of(self._photo))))

    def action_grow(self, by: int) -> None:
        """Move all four edges."""
        if self._photo and self._box:
            self.post_message(self.BoxWanted(self._box.grown(by, size_of(self._photo))))

    def action_take_all(self) -> None:
        """Take the whole photo."""
        self.post_message(self.AllWanted())

    def action_suggested(self, step: int) -> None:
        """Take another suggested box."""
        self.post_message(self.SuggestionWanted(step))

    def action_search(self) -> None:
        """Search with the box as it is."""
        self.post_message(self.SearchWanted())

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag begins where the photo is."""
        cell = self._cell(event)
        if self.view and 0 <= cell[0] < self.view.columns and 0 <= cell[1] < self.view.rows:
            self._drag_from = cell
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The box follows the mouse."""
        if self._drag_from is not None:
            self._draw_to(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The drag ends; a click that went nowhere changes nothing."""
        if self._drag_from is not None:
            if self._cell(event) != self._drag_from:
                self._draw_to(event)
            self._drag_from = None
            self.release_mouse()

    def on_mouse_release(self) -> None:
        """The drag is over too where a window opens meanwhile."""
        self._drag_from = None

    def _draw_to(self, event: events.MouseEvent) -> None:
        if self.view and self._photo and self._drag_from:
            ends = drag(self.view, self._drag_from, self._cell(event))
            self.post_message(self.BoxWanted(between(*ends, size_of(self._photo))))

    def _cell(self, event: events.MouseEvent) -> tuple[int, int]:
        """The mouse's cell, counted from the shown photo's upper left one."""
        shown = self._image.region
        return event.screen_x - shown.x, event.screen_y - shown.y
