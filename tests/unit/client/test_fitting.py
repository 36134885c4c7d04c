"""A photo above a payload limit: what the service looks at is sent, and no more."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.colour_profiles import P3, cmyk_profile, grey_profile, rgb_profile
from lookalike.client.fitting import FittedPhoto, fit
from lookalike.contract.schemas import Crop
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.framing import at_working_size
from lookalike.vision.images import decode

ROOM = 200_000


def photo(width: int = 1200, height: int = 900) -> bytes:
    """Red right of the middle, blue left of it."""
    picture = Image.new("RGB", (width, height), "blue")
    picture.paste("red", (width // 2, 0, width, height))
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()


def fitted(crop: Crop | None) -> FittedPhoto:
    found = fit(photo(), crop, ROOM)
    assert found is not None
    return found


def test_a_crop_goes_with_what_the_segmenter_sees_around_it() -> None:
    sent = fitted(Crop(x=600, y=300, width=200, height=100))
    assert sent.part == CropBoxPx(500, 250, 400, 200)
    assert sent.size == Image.open(io.BytesIO(sent.jpeg)).size == (400, 200)
    assert sent.crop == Crop(x=100, y=50, width=200, height=100)
    pixels = np.asarray(Image.open(io.BytesIO(sent.jpeg)))
    assert (pixels[100, 50] > (0, 0, 200)).tolist() == [False, False, True]
    assert (pixels[100, 150] > (200, 0, 0)).tolist() == [True, False, False]


def test_the_crop_that_was_used_is_told_in_the_photos_own_pixels() -> None:
    used = fitted(Crop(x=-50, y=300, width=250, height=100)).used_crop
    assert (used.x, used.y, used.width, used.height, used.clipped) == (0, 300, 200, 100, True)


def test_a_larger_part_is_scaled_and_its_crop_with_it() -> None:
    sent = fit(photo(6000, 3000), Crop(x=3000, y=1000, width=2000, height=1000), 10_000_000)
    assert sent is not None
    assert sent.part == CropBoxPx(2000, 500, 4000, 2000)
    assert sent.size == (3072, 1536)
    assert sent.crop == Crop(x=768, y=384, width=1536, height=768)


def test_the_whole_photo_has_no_crop() -> None:
    sent = fitted(None)
    assert (sent.size, sent.crop) == ((1200, 900), None)


def test_a_crop_that_would_shrink_below_the_least_is_left_to_the_service() -> None:
    assert fit(photo(6000, 600), Crop(x=0, y=100, width=6000, height=10), 10_000_000) is None


@pytest.mark.parametrize(
    ("mode", "profile", "stored", "meant"),
    [
        ("RGB", rgb_profile(P3, 2.2), (225, 134, 57), (240, 130, 20)),
        ("L", grey_profile(1.8), (128,), (146, 146, 146)),
        ("CMYK", cmyk_profile(), (255, 0, 0, 0), (0, 151, 218)),
        ("CMYK", b"no profile", (255, 0, 0, 0), (0, 255, 255)),
    ],
)
def test_what_is_sent_has_the_colours_that_the_photos_profile_means(
    mode: str, profile: bytes, stored: tuple[int, ...], meant: tuple[int, int, int]
) -> None:
    content = io.BytesIO()
    Image.new(mode, (400, 300), stored).save(content, "JPEG", quality=100, icc_profile=profile)
    for sent in (content.getvalue(), (fit(content.getvalue(), None, ROOM) or fitted(None)).jpeg):
        seen = np.asarray(at_working_size(decode(sent)), np.int16)
        assert seen.shape == (300, 400, 3)
        assert np.abs(seen - meant).max() <= 4
