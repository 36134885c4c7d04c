"""Photos as they lie on a disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops

from benchmarks.colour_profiles import ADOBE_RGB, cmyk_profile, grey_profile, rgb_profile
from lookalike.contract.errors import BadImageError, ImageTooLargeError, UnsupportedFormatError
from lookalike.contract.schemas import MAX_PHOTO_BYTES
from lookalike.vision.framing import at_working_size
from lookalike.vision.images import decode, probe
from tui.search.crop_box import Box
from tui.search.photo import VIEW_PX
from tui.search.photo_file import load_photo
from tui.search.trouble import unreadable
from tui.search.view_picture import close_up, framed


def two_halves(path: Path, orientation: int) -> Path:
    """Stored 200 x 100, red at the left and blue at the right."""
    stored = Image.new("RGB", (200, 100), "red")
    stored.paste("blue", (100, 0, 200, 100))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(path, exif=exif, quality=95)
    return path


def test_a_turned_photo_is_measured_and_shown_upright(tmp_path: Path) -> None:
    photo = load_photo(two_halves(tmp_path / "turned.jpg", 6))
    assert (photo.width, photo.height) == (100, 200)
    assert photo.view.size == (100, 200)
    red, _, blue = photo.view.getpixel((50, 20))  # type: ignore[misc]
    assert red > 200 > blue


def test_the_close_up_of_a_turned_photo_shows_the_box(tmp_path: Path) -> None:
    photo = load_photo(two_halves(tmp_path / "turned.jpg", 6))
    lower = close_up(photo, Box(10, 110, 60, 80))
    red, _, blue = lower.getpixel((30, 40))  # type: ignore[misc]
    assert blue > 200 > red


def test_outside_the_box_the_photo_is_dimmed(tmp_path: Path) -> None:
    photo = load_photo(two_halves(tmp_path / "plain.jpg", 1))
    shown = framed(photo, Box(0, 0, 100, 100), 20, 10, (255, 255, 255), 1)
    assert shown.size == (20, 10)
    bright, dimmed = shown.getpixel((5, 5)), shown.getpixel((15, 5))
    assert bright[0] > 200  # type: ignore[index]
    assert dimmed[2] < 120  # type: ignore[index]
    assert shown.getpixel((9, 5)) == (255, 255, 255)


def test_a_large_photo_is_sent_whole_and_shown_small(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.new("RGB", (4000, 2000), "green").save(path)
    photo = load_photo(path)
    assert (photo.width, photo.height) == (4000, 2000)
    assert max(photo.view.size) <= VIEW_PX
    assert photo.content == path.read_bytes()


def test_transparent_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert load_photo(tmp_path / "clear.png").view.getpixel((5, 5)) == (255, 255, 255)


IN_OTHER_COLOURS = {
    "RGB": ("PNG", rgb_profile(ADOBE_RGB, 2.2)),
    "RGBA": ("PNG", rgb_profile(ADOBE_RGB, 2.2)),
    "L": ("PNG", grey_profile(1.8)),
    "CMYK": ("JPEG", cmyk_profile()),
}


@pytest.mark.parametrize("mode", IN_OTHER_COLOURS)
def test_a_photo_has_the_colours_that_the_service_sees(mode: str, tmp_path: Path) -> None:
    picture_format, profile = IN_OTHER_COLOURS[mode]
    picture, path = Image.new(mode, (64, 64), 70), tmp_path / "photo"
    picture.paste(Image.new("RGB", (64, 32), (40, 150, 90)).convert(mode), (0, 32))
    picture.save(path, picture_format)
    plain = load_photo(path).view
    picture.save(path, picture_format, icc_profile=profile)
    view, served = load_photo(path).view, at_working_size(decode(path.read_bytes()))
    assert furthest(view, served) <= 1
    assert furthest(view, plain) > 8


def furthest(one: Image.Image, other: Image.Image) -> int:
    bands = ImageChops.difference(one, other).split()
    return max(int(band.getextrema()[1]) for band in bands)  # type: ignore[arg-type]


def wide_webp() -> bytes:
    """The header of a WebP within the limits of bytes and pixels, which takes much to decode."""
    side = (5300 - 1).to_bytes(3, "little")
    chunk = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + side + side
    return b"RIFF" + (4 + len(chunk)).to_bytes(4, "little") + b"WEBP" + chunk


def test_a_photo_above_a_limit_is_refused_in_the_services_words(tmp_path: Path) -> None:
    Image.new("1", (10_000, 6_000)).save(tmp_path / "wide.png")
    wide = (tmp_path / "wide.png").read_bytes()
    small = two_halves(tmp_path / "small.jpg", 1).read_bytes()
    heavy = small + bytes(MAX_PHOTO_BYTES)
    for number, content in enumerate((wide, heavy, wide_webp())):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(content)
        with pytest.raises(ImageTooLargeError) as told:
            load_photo(path)
        with pytest.raises(ImageTooLargeError) as served:
            probe(content)
        assert told.value.message == served.value.message
        trouble = unreadable(path, told.value)
        assert trouble.line == f"The photo is too large: {served.value.message}."
        assert trouble.advice == "Make it smaller first."


def test_what_is_no_photo_is_told_apart(tmp_path: Path) -> None:
    text, cut, large = tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "c.png"
    text.write_text("no picture")
    cut.write_bytes(two_halves(tmp_path / "whole.jpg", 1).read_bytes()[:900])
    Image.new("1", (10_000, 6_000)).save(large)
    for path, error in (
        (text, UnsupportedFormatError),
        (cut, BadImageError),
        (large, ImageTooLargeError),
    ):
        with pytest.raises(error):
            load_photo(path)
    with pytest.raises(IsADirectoryError):
        load_photo(tmp_path)


def test_16_bits_of_grey_are_shown_as_the_service_sees_them(tmp_path: Path) -> None:
    ramp = Image.linear_gradient("L").convert("I").point(lambda grey: grey * 257 + 0)
    path = tmp_path / "deep.png"
    ramp.convert("I;16").save(path)
    seen, shown = decode(path.read_bytes()), load_photo(path).view
    assert seen.convert("L").getextrema() == (0, 255)
    difference = ImageChops.difference(seen.convert("RGB"), shown)
    assert max(high for _, high in difference.getextrema()) <= 1  # type: ignore[misc]
