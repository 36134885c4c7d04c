"""Cutouts: the garment on white, at one scale, whatever surrounds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import CUTOUT_SIZE, Cutout
from lookalike.vision.framing import framed
from lookalike.vision.segment import RembgSegmenter, cut_out, paste_on_white
from tests.unit.vision.pictures import garment_on

SHIRT_BOX = (100, 80, 300, 340)


@pytest.fixture(scope="module")
def segmenter() -> RembgSegmenter:
    return RembgSegmenter(threads=2)


def whole(image: Image.Image) -> CropBoxPx:
    return CropBoxPx(0, 0, *image.size)


def coloured_box(cutout: Cutout) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is not white."""
    ys, xs = np.nonzero((cutout < 200).any(axis=2))
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


def test_a_mask_covers_the_garment_and_not_its_background(segmenter: RembgSegmenter) -> None:
    photo = garment_on((225, 222, 218), (400, 420), SHIRT_BOX)
    mask = segmenter.mask(photo)
    assert mask.shape == (420, 400)
    assert mask.dtype == np.uint8
    assert mask[120:300, 160:240].mean() > 220
    assert mask[:40].mean() < 30


def test_a_cutout_is_the_garment_alone_on_white(segmenter: RembgSegmenter) -> None:
    photo = garment_on((120, 160, 120), (400, 420), SHIRT_BOX)
    cutout = segmenter.cutout(photo, whole(photo))
    assert cutout.shape == (CUTOUT_SIZE, CUTOUT_SIZE, 3)
    assert cutout.dtype == np.uint8
    assert (cutout[0] == 255).all()
    assert np.abs(cutout[112, 112].astype(int) - (150, 20, 40)).max() < 40


@pytest.mark.parametrize("box", [CropBoxPx(0, 0, 900, 1000), CropBoxPx(150, 120, 620, 800)])
def test_both_looks_at_once_are_the_cutout_and_the_framed_crop(
    segmenter: RembgSegmenter, box: CropBoxPx
) -> None:
    photo = garment_on((120, 160, 120), (900, 1000), (200, 180, 700, 860))
    cutout, with_background = segmenter.looks(photo, box)
    assert np.array_equal(cutout, segmenter.cutout(photo, box))
    assert np.array_equal(with_background, framed(photo, box))


def test_a_garment_fills_its_cutout_however_small_it_is_in_the_photo(
    segmenter: RembgSegmenter,
) -> None:
    near = garment_on((225, 222, 218), (260, 330), (30, 35, 230, 295))
    far = garment_on((225, 222, 218), (600, 640), (200, 190, 400, 450))
    boxes = [coloured_box(segmenter.cutout(photo, whole(photo))) for photo in (near, far)]
    assert np.abs(np.subtract(boxes[0], boxes[1])).max() <= 16
    assert all(bottom - top > 190 for _, top, _, bottom in boxes)


def test_a_huge_photo_gives_the_cutout_of_its_smaller_self(segmenter: RembgSegmenter) -> None:
    small = garment_on((225, 222, 218), (400, 420), SHIRT_BOX)
    huge = small.resize((4000, 4200), Image.Resampling.NEAREST)
    one, other = (segmenter.cutout(photo, whole(photo)) for photo in (small, huge))
    assert np.abs(one.astype(int) - other).mean() < 6


@pytest.mark.parametrize("size", [(8, 8), (9, 400), (400, 9)])
def test_the_smallest_and_the_narrowest_crops_work(
    segmenter: RembgSegmenter, size: tuple[int, int]
) -> None:
    photo = Image.new("RGB", size, (10, 90, 60))
    assert segmenter.cutout(photo, whole(photo)).shape == (CUTOUT_SIZE, CUTOUT_SIZE, 3)
    assert segmenter.garments(photo)


def test_garments_are_boxes_in_the_photos_pixels(segmenter: RembgSegmenter) -> None:
    photo = garment_on((225, 222, 218), (1200, 1260), (300, 240, 900, 1020))
    left, top, right, bottom = segmenter.garments(photo)[0].corners
    assert np.abs(np.subtract((left, top, right, bottom), (300, 240, 900, 1020))).max() < 80


class Masks:
    """Takes pixels of one colour for the garment; keeps the sizes of what it was shown."""

    def __init__(self, colour: tuple[int, int, int]) -> None:
        self._colour = np.array(colour)
        self.shown: list[tuple[int, int]] = []

    def __call__(self, picture: Image.Image) -> Image.Image:
        self.shown.append(picture.size)
        near = np.abs(np.asarray(picture).astype(int) - self._colour).max(axis=2) < 40
        return Image.fromarray(np.where(near, 255, 0).astype(np.uint8))


def test_a_box_is_segmented_with_half_of_itself_around_it() -> None:
    photo = garment_on((225, 222, 218), (400, 420), SHIRT_BOX)
    masks, box = Masks((150, 20, 40)), CropBoxPx(120, 100, 100, 200)
    inside = cut_out(masks, photo, box)
    assert masks.shown == [(200, 400)]
    assert coloured_box(inside) == coloured_box(
        paste_on_white(photo.crop(box.corners), masks(photo).crop(box.corners))
    )


def test_where_the_garment_around_a_box_is_another_one_the_box_is_looked_at_alone() -> None:
    photo = Image.new("RGB", (400, 400), (225, 222, 218))
    photo.paste((150, 20, 40), (0, 0, 120, 400))
    photo.paste((20, 30, 120), (200, 150, 300, 250))
    masks = Masks((150, 20, 40))
    cutout = cut_out(masks, photo, CropBoxPx(200, 150, 100, 100))
    assert masks.shown == [(200, 200), (100, 100)]
    assert coloured_box(cutout) == (0, 0, 224, 224)


def test_a_photo_without_a_box_is_looked_at_once_as_a_whole() -> None:
    photo = garment_on((225, 222, 218), (400, 420), SHIRT_BOX)
    masks = Masks((150, 20, 40))
    cut_out(masks, photo, whole(photo))
    assert masks.shown == [(400, 420)]


def test_a_nearly_empty_mask_falls_back_to_the_crop_as_it_is() -> None:
    crop = Image.new("RGB", (200, 100), (10, 90, 60))
    cutout = paste_on_white(crop, Image.new("L", crop.size, 0))
    assert coloured_box(cutout) == (0, 56, 224, 168)


def test_specks_far_from_the_garment_do_not_shrink_it() -> None:
    crop = Image.new("RGB", (400, 400), (10, 90, 60))
    alpha = Image.new("L", crop.size, 0)
    alpha.paste(255, (150, 100, 250, 300))
    clean = paste_on_white(crop, alpha)
    alpha.paste(255, (5, 5, 9, 9))
    assert np.array_equal(paste_on_white(crop, alpha), clean)


@given(st.integers(8, 300), st.integers(8, 300), st.data())
@settings(max_examples=60)
def test_aspect_is_kept_and_the_garment_is_centred(
    width: int, height: int, data: st.DataObject
) -> None:
    crop = Image.new("RGB", (width + 40, height + 40), (10, 90, 60))
    at = (data.draw(st.integers(4, 36)), data.draw(st.integers(4, 36)))
    alpha = Image.new("L", crop.size, 0)
    alpha.paste(255, (*at, at[0] + width, at[1] + height))
    left, top, right, bottom = coloured_box(paste_on_white(crop, alpha))
    assert abs(left + right - CUTOUT_SIZE) <= 3
    assert abs(top + bottom - CUTOUT_SIZE) <= 3
    longest = max(width, height)
    scale = (CUTOUT_SIZE - 16) / (longest + 4)
    assert right - left == pytest.approx(width * scale, abs=4 + scale)
    assert bottom - top == pytest.approx(height * scale, abs=4 + scale)


def test_a_name_that_is_no_local_segmenter_is_refused() -> None:
    for name in ("no-such-model", "sam", "atlascloud"):
        with pytest.raises(ValueError, match="u2netp"):
            RembgSegmenter(name)


def test_rembgs_own_file_is_asked_of_the_given_registry(tmp_path: Path) -> None:
    asked: list[str] = []

    def weights(name: str) -> Path:
        asked.append(name)
        raise FileNotFoundError(name)

    with pytest.raises(FileNotFoundError):
        RembgSegmenter("u2netp", weights=weights)
    assert asked == ["u2netp"]


def test_segmenting_never_loads_rembgs_matting_which_costs_half_a_gigabyte() -> None:
    code = (
        "import sys; from lookalike.vision.segment import RembgSegmenter; RembgSegmenter();"
        "print([m for m in ('pymatting', 'numba', 'rembg', 'rembg.bg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
