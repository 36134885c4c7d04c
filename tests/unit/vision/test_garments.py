"""Suggested crop boxes: from the mask's parts, largest first, never none."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lookalike.vision.crop import MIN_CROP_PX, CropBoxPx
from lookalike.vision.garments import MAX_GARMENTS, Foreground, garment_boxes, main_parts


def foreground(height: int, width: int, *boxes: tuple[int, int, int, int]) -> Foreground:
    """A mask with boxes of (left, top, right, bottom) filled."""
    mask = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in boxes:
        mask[top:bottom, left:right] = True
    return mask


def test_an_empty_mask_suggests_the_whole_photo() -> None:
    assert garment_boxes(foreground(50, 40), (400, 500)) == [CropBoxPx(0, 0, 400, 500)]


def test_separate_garments_get_a_box_each_largest_first() -> None:
    mask = foreground(100, 200, (10, 10, 60, 60), (100, 20, 190, 95))
    large, small = garment_boxes(mask, (200, 100))
    assert large.corners == (98, 18, 192, 97)
    assert small.corners == (9, 9, 61, 61)


def test_specks_get_no_box() -> None:
    mask = foreground(100, 100, (20, 20, 80, 80), (1, 1, 3, 3))
    assert len(garment_boxes(mask, (100, 100))) == 1
    assert main_parts(mask).sum() == 3600


def test_a_standing_person_gets_boxes_for_top_bottom_and_shoes_too() -> None:
    mask = foreground(300, 200, (60, 10, 140, 290))
    whole, *parts = garment_boxes(mask, (200, 300))
    assert whole.height > 280
    assert any(box.y > 40 and box.y + box.height < 160 for box in parts), "a top"
    assert any(box.y > 120 and 230 < box.y + box.height < 275 for box in parts), "trousers"
    assert any(box.y > 240 and box.height < 60 for box in parts), "shoes"


def test_an_arm_held_out_does_not_widen_a_standing_persons_boxes() -> None:
    mask = foreground(300, 200, (60, 10, 140, 290), (10, 100, 60, 108))
    _, *parts = garment_boxes(mask, (200, 300))
    assert parts
    assert all(box.width < 100 for box in parts)


def test_boxes_are_in_the_photos_pixels_and_not_in_the_masks() -> None:
    mask = foreground(100, 100, (25, 25, 75, 75))
    assert garment_boxes(mask, (1000, 500))[0].corners == (240, 120, 760, 380)


@given(
    hnp.arrays(np.bool_, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24)),
    st.integers(MIN_CROP_PX, 900),
    st.integers(MIN_CROP_PX, 900),
)
def test_any_mask_gives_one_to_six_boxes_inside_the_photo(
    mask: Foreground, width: int, height: int
) -> None:
    boxes = garment_boxes(mask, (width, height))
    assert 1 <= len(boxes) <= MAX_GARMENTS
    areas = [box.width * box.height for box in boxes]
    assert areas == sorted(areas, reverse=True)
    for box in boxes:
        left, top, right, bottom = box.corners
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
        assert min(box.width, box.height) >= MIN_CROP_PX
