"""A sample of `python -m benchmarks.fuzz_decode`, and what it once found."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks.fuzz_decode import outcome_of, run
from benchmarks.hostile_photos import hostile_photo
from lookalike.contract.errors import ImageTooLargeError
from lookalike.vision.headers import read_header
from lookalike.vision.images import probe, to_rgb


@given(st.integers(0, 2**40), st.booleans())
@settings(max_examples=100)
def test_any_hostile_photo_is_decoded_or_refused(number: int, through_client: bool) -> None:
    case = hostile_photo(number * 400 + 1)  # large ones are watched from outside, below
    end = outcome_of(case, through_client=through_client)
    assert not end.startswith("unforeseen"), case.name


@pytest.mark.timeout(300)
def test_watched_from_outside_none_crashes_hangs_or_swells(tmp_path: Path) -> None:
    numbers = [*range(1, 81), *range(400, 400 * 6, 400)]
    outcomes = run(numbers, tmp_path, workers=2)
    assert sorted(outcome.number for outcome in outcomes) == numbers
    assert [outcome for outcome in outcomes if set(outcome.faults) - {"hang"}] == []
    assert not any(outcome.end == "killed" for outcome in outcomes)
    assert sum(outcome.end == "decoded" for outcome in outcomes) > 10


@pytest.mark.parametrize(
    ("mode", "options", "bytes_per_pixel"),
    [
        ("RGB", {}, 4),
        ("RGB", {"progressive": True, "subsampling": 2}, 4 + 2 * 1.5),
        ("RGB", {"progressive": True, "subsampling": 0}, 4 + 2 * 3),
        ("L", {"progressive": True}, 4 + 2),
        ("CMYK", {"progressive": True}, 4 + 2 * 4),
    ],
)
def test_what_decoding_a_jpeg_takes_is_known_from_its_header(
    mode: str, options: dict[str, object], bytes_per_pixel: float
) -> None:
    file = io.BytesIO()
    Image.new(mode, (64, 48)).save(file, "JPEG", **options)
    assert read_header(file.getvalue()).decoding_bytes == 64 * 48 * bytes_per_pixel


def test_a_webp_that_takes_too_much_to_decode_is_refused_by_its_header() -> None:
    def claiming(side: int) -> bytes:
        sides = (side - 1).to_bytes(3, "little") * 2
        return b"RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00" + bytes(4) + sides + bytes(16)

    assert probe(claiming(5_000)).width == 5_000
    with pytest.raises(ImageTooLargeError, match="WEBP of this kind takes 400 MB"):
        probe(claiming(5_001))


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK", "I;16", "1"])
def test_band_by_band_a_picture_becomes_what_it_becomes_at_once(mode: str) -> None:
    grains = np.random.default_rng(3).integers(0, 256, (1_100, 1_000, 3), np.uint8)
    rgb = Image.fromarray(grains)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(rgb.convert("L"), np.uint16) * 257)
    elif mode in ("LA", "RGBA"):
        picture = rgb.convert(mode)
        picture.putalpha(rgb.getchannel("G"))
    else:
        picture = rgb.quantize(64) if mode == "P" else rgb.convert(mode)
    whole = np.asarray(to_rgb(picture))
    corner = (100, 1_040, 260, 1_060)
    assert np.array_equal(np.asarray(to_rgb(picture.crop(corner))), whole[1_040:1_060, 100:260])
