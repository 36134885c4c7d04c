"""The part of a photo that is looked at, at the sizes at which it is looked at."""

from __future__ import annotations

from typing import Final

import numpy as np
from PIL import Image

from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import CUTOUT_SIZE, Cutout
from lookalike.vision.profiles import in_srgb

_WORKING_SIDE: Final = 768
"""Longest side in pixels of what is segmented: more than the model looks at, whatever the photo."""


def framed(image: Image.Image, box: CropBoxPx | None = None) -> Cutout:
    """The box of an upright RGB photo (all of it for None) with its background, whole and centred
    on white: (224, 224, 3) uint8."""
    return centred(at_working_size(image, box), CUTOUT_SIZE)


def at_working_size(image: Image.Image, box: CropBoxPx | None = None) -> Image.Image:
    """The box of a picture (all of it for None), its longest side at most 768 px: RGB, in sRGB."""
    corners = (0, 0, image.width, image.height) if box is None else box.corners
    width, height = corners[2] - corners[0], corners[3] - corners[1]
    scale = min(1.0, _WORKING_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale == 1.0:
        return in_srgb(image if corners == (0, 0, *image.size) else image.crop(corners))
    return in_srgb(image.resize(size, Image.Resampling.BICUBIC, box=corners, reducing_gap=2.0))


def part_of(
    picture: Image.Image, shown: CropBoxPx, box: CropBoxPx, size: tuple[int, int]
) -> Image.Image:
    """The part of a picture of `shown` that shows `box`, which lies inside of it, at `size`."""
    x_scale, y_scale = picture.width / shown.width, picture.height / shown.height
    left, top = (box.x - shown.x) * x_scale, (box.y - shown.y) * y_scale
    right = min(left + box.width * x_scale, picture.width)  # Pillow takes no rounding beyond it
    bottom = min(top + box.height * y_scale, picture.height)
    return picture.resize(size, Image.Resampling.BILINEAR, box=(left, top, right, bottom))


def centred(picture: Image.Image, longest_side: int) -> Cutout:
    """An RGB picture scaled to so many pixels, in the middle of white: (224, 224, 3) uint8."""
    scale = longest_side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    canvas = Image.new("RGB", (CUTOUT_SIZE, CUTOUT_SIZE), "white")
    left, top = (CUTOUT_SIZE - size[0]) // 2, (CUTOUT_SIZE - size[1]) // 2
    canvas.paste(picture.resize(size, Image.Resampling.BICUBIC), (left, top))
    return np.asarray(canvas)
