"""Turning a stored picture upright, as its EXIF orientation says."""

from __future__ import annotations

from typing import Final

from PIL import Image

_TURNS: Final[dict[int, Image.Transpose]] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes each EXIF orientation upright. Source: Exif 2.32, 4.6.4, tag 0x0112."""


def upright(picture: Image.Image, orientation: int) -> Image.Image:
    """A stored picture turned by its EXIF orientation, 1 to 8; itself where it is upright."""
    turn = _TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)
