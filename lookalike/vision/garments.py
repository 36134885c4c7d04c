"""Garments in a mask: its main parts, and crop boxes to suggest for them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import ndimage  # type: ignore[import-untyped]

from lookalike.vision.crop import MIN_CROP_PX, CropBoxPx

Foreground = npt.NDArray[np.bool_]
"""(H, W) bool: True is garment."""

MAX_GARMENTS: Final = 6

_PART_OF_LARGEST: Final = 0.05
"""Connected parts below this share of the largest one's area are specks."""

_PERSON_HEIGHT_TO_WIDTH: Final = 1.9
_PERSON_LEAST_HEIGHT: Final = 0.4
"""A part this slender, and this share of the photo's height, is taken for a standing person."""

_PERSON_BANDS: Final = ((0.16, 0.51), (0.18, 0.73), (0.42, 0.67), (0.44, 0.89), (0.87, 1.0))
"""Top, dress, skirt or shorts, trousers and shoes, as shares of a standing person's height.

Source: medians over boxes of 90 photos of Clothing Co-Parsing beside this model's masks.
"""

_COLUMN_FILLED_FROM: Final = 0.15
"""Columns of a band that hold less of the person than this (a hand, a bag's strap) are left out."""

_PADDING: Final = 0.02
_SAME_BOX_IOU: Final = 0.85

_Slices = tuple[slice, slice]


def main_parts(foreground: Foreground) -> Foreground:
    """The mask without its specks; (H, W) bool."""
    labels, count = ndimage.label(foreground)
    if count <= 1:
        return foreground
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    kept: Foreground = (areas >= _PART_OF_LARGEST * areas.max())[labels] & foreground
    return kept


def garment_boxes(foreground: Foreground, photo_size: tuple[int, int]) -> list[CropBoxPx]:
    """Crop boxes for the mask's parts, and for the bands of a standing person.

    `foreground` (H, W) bool may be of a smaller size than the photo's (width, height). Answers
    1 to 6 boxes in the photo's pixels, largest first; the whole photo where the mask is empty.
    """
    parts = main_parts(foreground)
    labels, count = ndimage.label(parts)
    found: list[_Slices] = []
    for label, slices in enumerate(ndimage.find_objects(labels, count), start=1):
        if slices is not None:
            found += [slices, *_person_parts(labels == label, slices)]
    boxes: list[CropBoxPx] = []
    for box in sorted((_to_box(s, parts.shape, photo_size) for s in found), key=_by_size):
        large_enough = min(box.width, box.height) >= MIN_CROP_PX
        if large_enough and all(_iou(box, other) < _SAME_BOX_IOU for other in boxes):
            boxes.append(box)
    return boxes[:MAX_GARMENTS] or [CropBoxPx(0, 0, *photo_size)]


def _person_parts(part: Foreground, slices: _Slices) -> list[_Slices]:
    rows, columns = slices
    height, width = rows.stop - rows.start, columns.stop - columns.start
    if height < _PERSON_HEIGHT_TO_WIDTH * width or height < _PERSON_LEAST_HEIGHT * part.shape[0]:
        return []
    bands = []
    for top, bottom in _PERSON_BANDS:
        band = slice(rows.start + round(top * height), rows.start + round(bottom * height))
        fill = part[band].sum(axis=0) / max(1, band.stop - band.start)
        filled = np.flatnonzero(fill >= _COLUMN_FILLED_FROM)
        if filled.size:
            bands.append((band, slice(int(filled[0]), int(filled[-1]) + 1)))
    return bands


def _to_box(slices: _Slices, shape: tuple[int, ...], photo_size: tuple[int, int]) -> CropBoxPx:
    rows, columns = slices
    scale_x, scale_y = photo_size[0] / shape[1], photo_size[1] / shape[0]
    padding = _PADDING * max(rows.stop - rows.start, columns.stop - columns.start)
    left = max(0, round((columns.start - padding) * scale_x))
    top = max(0, round((rows.start - padding) * scale_y))
    right = min(photo_size[0], round((columns.stop + padding) * scale_x))
    bottom = min(photo_size[1], round((rows.stop + padding) * scale_y))
    return CropBoxPx(left, top, right - left, bottom - top)


def _by_size(box: CropBoxPx) -> tuple[int, int, int]:
    return (-box.width * box.height, box.y, box.x)


def _iou(one: CropBoxPx, other: CropBoxPx) -> float:
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    shared = max(0, width) * max(0, height)
    return shared / (one.width * one.height + other.width * other.height - shared)
