"""How pictures are drawn here: real ones where the terminal can, half blocks everywhere else."""

from __future__ import annotations

from typing import Final

from tui.options import PictureKind
from tui.widgets.picture_box import Canvas

_GRAPHICS_PX_PER_COLUMN: Final = 10


def canvas(kind: PictureKind) -> Canvas:
    """What to draw pictures with.

    Importing textual-image asks the terminal what it can and takes its answer from stdin, so
    this has to be called before the application runs.
    """
    from textual_image import renderable, widget

    found = {renderable.SixelImage: "sixel", renderable.TGPImage: "kitty"}
    match found.get(renderable.Image) if kind == "auto" else kind:
        case "sixel":
            return Canvas(widget.SixelImage, _GRAPHICS_PX_PER_COLUMN)
        case "kitty":
            return Canvas(widget.TGPImage, _GRAPHICS_PX_PER_COLUMN)
    return Canvas(widget.HalfcellImage, 1)
