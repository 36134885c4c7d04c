"""Crop boxes: whole pixels inside the photo, or a clear refusal."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.contract.errors import BadCropError
from lookalike.vision.crop import (
    MIN_CROP_PX,
    CropBoxPx,
    resolve_crop,
    whole_photo,
    with_context,
)
from lookalike.vision.headers import PhotoInfo

PHOTO = PhotoInfo(400, 300, "JPEG")
ANY_NUMBER = st.floats(allow_nan=True, allow_infinity=True) | st.integers(-10_000, 10_000)


def test_a_box_inside_the_photo_is_used_as_it_is() -> None:
    crop = resolve_crop(10, 20, 100, 50, "px", PHOTO)
    assert crop.box == CropBoxPx(10, 20, 100, 50)
    assert not crop.clipped


def test_fractions_are_of_the_upright_photos_size() -> None:
    crop = resolve_crop(0.25, 0.5, 0.5, 0.5, "fraction", PHOTO)
    assert crop.box == CropBoxPx(100, 150, 200, 150)
    assert not crop.clipped


def test_the_whole_photo_in_fractions_is_not_clipped_by_rounding() -> None:
    crop = resolve_crop(1e-9, 0, 1.0000001, 1, "fraction", PHOTO)
    assert crop.box == whole_photo(PHOTO)
    assert not crop.clipped


def test_a_box_partly_outside_is_clipped_and_reported() -> None:
    crop = resolve_crop(-50, 250, 100, 100, "px", PHOTO)
    assert crop.box == CropBoxPx(0, 250, 50, 50)
    assert crop.clipped


@pytest.mark.parametrize("corner", [(400, 0), (0, 300), (-100, 0), (0, -100), (5000, 5000)])
def test_a_box_wholly_outside_is_refused_with_the_photos_size(corner: tuple[int, int]) -> None:
    with pytest.raises(BadCropError, match="outside the photo of 400 x 300 px"):
        resolve_crop(*corner, 100, 100, "px", PHOTO)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 10**400])
@pytest.mark.parametrize("place", range(4))
def test_numbers_that_are_not_finite_are_refused_by_name(bad: float, place: int) -> None:
    numbers: list[float] = [10, 10, 100, 100]
    numbers[place] = bad
    with pytest.raises(BadCropError, match="x and width" if place % 2 == 0 else "y and height"):
        resolve_crop(*numbers, "px", PHOTO)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize("size", [0, -1, -1e300])
def test_boxes_without_size_are_refused(size: float) -> None:
    with pytest.raises(BadCropError, match="height must be above 0"):
        resolve_crop(0, 0, 10, size, "px", PHOTO)


def test_under_8_px_is_refused_and_8_px_is_taken() -> None:
    assert resolve_crop(0, 0, 8, 8, "px", PHOTO).box == CropBoxPx(0, 0, 8, 8)
    with pytest.raises(BadCropError, match="at least 8 x 8"):
        resolve_crop(0, 0, 7, 100, "px", PHOTO)
    with pytest.raises(BadCropError, match="7 x 100 px inside the photo"):
        resolve_crop(393, 0, 100, 100, "px", PHOTO)


def test_a_photo_under_8_px_has_no_whole_box() -> None:
    with pytest.raises(BadCropError, match="the photo is 7 x 90 px"):
        whole_photo(PhotoInfo(7, 90, "PNG"))


@given(ANY_NUMBER, ANY_NUMBER, ANY_NUMBER, ANY_NUMBER, st.sampled_from(["px", "fraction"]))
def test_a_resolved_box_always_lies_inside_and_is_large_enough(
    x: float, y: float, width: float, height: float, unit: str
) -> None:
    try:
        crop = resolve_crop(x, y, width, height, unit, PHOTO)  # type: ignore[arg-type]
    except BadCropError:
        return
    left, top, right, bottom = crop.box.corners
    assert 0 <= left < right <= PHOTO.width
    assert 0 <= top < bottom <= PHOTO.height
    assert min(crop.box.width, crop.box.height) >= MIN_CROP_PX


@given(st.integers(0, 392), st.integers(0, 292), st.data())
def test_pixels_and_fractions_of_one_box_agree(x: int, y: int, data: st.DataObject) -> None:
    width, height = data.draw(st.integers(8, 400 - x)), data.draw(st.integers(8, 300 - y))
    in_px = resolve_crop(x, y, width, height, "px", PHOTO)
    parts = (x / 400, y / 300, width / 400, height / 300)
    assert resolve_crop(*parts, "fraction", PHOTO) == in_px


def test_the_context_of_a_box_is_half_of_it_on_each_side() -> None:
    assert with_context(CropBoxPx(100, 90, 60, 40), (400, 300)) == CropBoxPx(70, 70, 120, 80)


def test_context_ends_where_the_photo_does() -> None:
    assert with_context(CropBoxPx(10, 5, 200, 290), (400, 300)) == CropBoxPx(0, 0, 310, 300)
    assert with_context(CropBoxPx(0, 0, 400, 300), (400, 300)) == CropBoxPx(0, 0, 400, 300)
