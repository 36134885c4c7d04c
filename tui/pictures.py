"""How pictures are drawn here: real ones where the terminal can, half blocks everywhere else."""

from __future__ import annotations

from typing import Final

from tui.options import PictureKind
from tui.terminal import graphics_here
from tui.widgets.half_blocks import HalfBlocks
from tui.widgets.picture_box import Canvas

_GRAPHICS_PX_PER_COLUMN: Final = 10


def canvas(kind: PictureKind) -> Canvas:
    """What to draw pictures with.

    The terminal is asked what it can, and answers on stdin, so this has to be called before the
    application runs. textual-image asks for itself when it is imported.
    """
    found = graphics_here() if kind == "auto" else kind
    if found == "half-blocks":
        return Canvas(HalfBlocks, 1)
    from textual_image.widget import SixelImage, TGPImage

    return Canvas(SixelImage if found == "sixel" else TGPImage, _GRAPHICS_PX_PER_COLUMN)
