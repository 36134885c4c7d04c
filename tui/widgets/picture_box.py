"""A picture, as large as fits into the box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.visual import VisualType
from textual.widget import Widget

from tui.search.crop_box import Size
from tui.search.view_port import ViewPort, fit

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, slots=True)
class Canvas:
    """Makes the widgets that pictures are drawn with.

    `image` is `HalfBlocks`, or textual-image's for Sixel or Kitty's graphics; `px_per_column` how
    many pixels one is worth giving a column, and twice that a row.
    """

    image: Callable[[], Widget]
    px_per_column: int


class PictureBox(Widget):
    """Shows one Pillow picture in the middle; words in its place as long as there is none."""

    DEFAULT_CSS = """
    PictureBox { align: center middle; content-align: center middle; color: $text-muted; }
    """

    def __init__(
        self,
        canvas: Canvas,
        *,
        placeholder: str = "",
        widget_id: str | None = None,
    ) -> None:
        super().__init__(id=widget_id)
        self._image = canvas.image()
        self._image.display = False
        self._px_per_column = canvas.px_per_column
        self._placeholder = placeholder
        self._picture: Image.Image | None = None
        self._awaited: str | None = None
        self.view: ViewPort | None = None

    def compose(self) -> ComposeResult:
        """The one image."""
        yield self._image

    def render(self) -> VisualType:
        """What stands where no picture is."""
        return "" if self._image.display else self._placeholder

    def show(self, picture: Image.Image | None, placeholder: str = "") -> None:
        """Show another picture; with None the words."""
        self._picture, self._placeholder = picture, placeholder
        self._awaited = None
        self.redraw()

    def wait_for(self, address: str, placeholder: str) -> None:
        """Show the words until the picture at `address` comes."""
        self.show(None, placeholder)
        self._awaited = address

    def show_awaited(self, address: str, picture: Image.Image | None, placeholder: str) -> None:
        """Show what has come from `address`, unless something else is to be shown by now."""
        if address == self._awaited:
            self.show(picture, placeholder)

    def picture_size(self) -> Size | None:
        """The size whose shape is kept; None without a picture."""
        return None if self._picture is None else Size(self._picture.width, self._picture.height)

    def picture_at(self, width: int, height: int, line: int) -> Image.Image:
        """The picture at exactly so many pixels; lines in it are to be `line` wide."""
        from PIL.Image import Resampling

        assert self._picture is not None
        return self._picture.resize((width, height), Resampling.LANCZOS)

    def redraw(self) -> None:
        """Fit the picture into the box anew."""
        size = self.picture_size()
        room = self.content_size
        if size is None or not room.width or not room.height:
            self.view = None
            self._image.display = False
        else:
            self.view = fit(size, room.width, room.height)
            per_column = self._px_per_column
            self._image.styles.width, self._image.styles.height = self.view.columns, self.view.rows
            self._image.display = True
            self._image.image = self.picture_at(  # type: ignore[attr-defined]
                self.view.columns * per_column,
                self.view.rows * 2 * per_column,
                line=max(1, per_column // 4),
            )
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Keep to the new size."""
        self.redraw()
