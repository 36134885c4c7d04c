"""A picture of half blocks, two pixels a cell: what every terminal with colours can show."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from PIL import Image

_UPPER_HALF: Final = "▀"
_STYLES_KEPT: Final = 16_384


class HalfBlocks(Widget):
    """Draws an RGB picture of exactly one pixel a column and two a row."""

    ALLOW_SELECT = False

    _image: Image.Image | None = None

    @property
    def image(self) -> Image.Image | None:
        """What is drawn."""
        return self._image

    @image.setter
    def image(self, image: Image.Image | None) -> None:
        self._image = image
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Row `y` of cells: the upper pixel in the foreground's colour, the lower behind it."""
        image = self._image
        if image is None or 2 * y + 2 > image.height:
            return Strip.blank(self.size.width, self.rich_style)
        row = image.crop((0, 2 * y, image.width, 2 * y + 2)).tobytes()
        line = 3 * image.width
        cells = ((row[at : at + 3], row[line + at : line + at + 3]) for at in range(0, line, 3))
        return Strip(
            [
                Segment(_UPPER_HALF * sum(1 for _ in alike), _style(*colours))
                for colours, alike in groupby(cells)
            ],
            image.width,
        ).adjust_cell_length(self.size.width)


@lru_cache(_STYLES_KEPT)
def _style(upper: bytes, lower: bytes) -> Style:
    return Style(color=Color.from_rgb(*upper), bgcolor=Color.from_rgb(*lower))
