"""Studio photos: what stands on pure white already needs no network to be told from it.

The numbers' source: docs/decisions.md.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from lookalike.vision.cutout import FOREGROUND_FROM

WHITE_FROM: Final = 250
ALMOST_WHITE_FROM: Final = 225
"""Of a pixel's darkest channel. A studio's white ends at the garment's edge; a light that is too
bright for the camera, a wall or a sheet have all shades down from it."""

LEAST_WHITE: Final = 0.1
"""Share of the crop's edge that must be white."""

MOST_ALMOST_WHITE: Final = 0.1
"""How much of the edge may be almost white, in shares of what is white."""

SHOWN_BELOW: Final = 240
"""A pixel whose darkest channel is below this is of something, its shadow on white aside."""

KEPT_ENOUGH: Final = 0.8
"""A mask that keeps this share of what stands on the white has dropped nothing."""

PAGE_FILL: Final = 0.95
"""A photo on a white page fills so much of the box around it; a garment on white does not."""

_Shown = npt.NDArray[np.bool_]


def completed_on_white(crop: Image.Image, alpha: Image.Image) -> Image.Image:
    """A mask (mode L) of an RGB crop of its size, with all that a studio photo shows on its white.

    U^2-Net looks for what is salient. In a close-up, which the garment fills, that is a collar, a
    sleeve or a seam, and the garment is taken for background. Masks of other pictures, and those
    that have dropped little, come back as they are.
    """
    if not white_around(crop):
        return alpha
    shown = _darkest(crop) < SHOWN_BELOW
    mask = np.asarray(alpha)
    kept = int((shown & (mask >= FOREGROUND_FROM)).sum())
    if kept >= KEPT_ENOUGH * int(shown.sum()) or _is_a_page(shown):
        return alpha
    return Image.fromarray(np.where(shown, np.uint8(255), mask))


def white_around(crop: Image.Image) -> bool:
    """Whether an RGB crop has a studio's white at its edge."""
    right, bottom = crop.size
    lines = (
        (0, 0, right, 1),
        (0, bottom - 1, right, bottom),
        (0, 0, 1, bottom),
        (right - 1, 0, right, bottom),
    )
    darkest = np.concatenate([_darkest(crop.crop(line)).ravel() for line in lines])
    white = float((darkest >= WHITE_FROM).mean())
    almost = float((darkest >= ALMOST_WHITE_FROM).mean()) - white
    return white >= LEAST_WHITE and almost < MOST_ALMOST_WHITE * white


def _darkest(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """(H, W) uint8: the darkest channel of each pixel."""
    red, green, blue = picture.split()
    return np.asarray(ImageChops.darker(ImageChops.darker(red, green), blue))


def _is_a_page(shown: _Shown) -> bool:
    """Whether what is shown is a rectangle with white beside it: a photo, with its background."""
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    inside = shown[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return inside.shape != shown.shape and float(inside.mean()) >= PAGE_FILL
