"""Decoding: every format and mode comes out as upright RGB, everything else as one error."""

from __future__ import annotations

import resource
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from lookalike.contract.errors import (
    BadImageError,
    ImageTooLargeError,
    LookalikeError,
    UnsupportedFormatError,
)
from lookalike.vision.headers import PhotoInfo
from lookalike.vision.images import ImageLimits, decode, probe, to_rgb
from tests.unit.vision.pictures import (
    BLUE,
    RED,
    WHITE,
    encoded,
    exif_with_orientation,
    halves,
    png_claiming,
    png_with_chunk,
    png_with_exif,
)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
EXIF_FORMATS = ("JPEG", "PNG", "WEBP")
PNG_HEADER_BYTES = 8 + 25
"""The signature and IHDR."""


def assert_near(pixel: object, colour: tuple[int, int, int], within: int = 12) -> None:
    assert isinstance(pixel, tuple)
    assert np.abs(np.subtract(pixel, colour)).max() <= within, f"{pixel} is not {colour}"


@pytest.mark.parametrize("picture_format", FORMATS)
def test_each_format_is_probed_and_decoded_to_its_colours(picture_format: str) -> None:
    photo = encoded(halves(), picture_format)
    assert probe(photo) == PhotoInfo(64, 40, picture_format)  # type: ignore[arg-type]
    picture = decode(photo)
    assert (picture.mode, picture.size) == ("RGB", (64, 40))
    assert_near(picture.getpixel((8, 20)), RED)
    assert_near(picture.getpixel((56, 20)), BLUE)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", EXIF_FORMATS)
def test_photos_are_turned_upright_as_their_exif_says(
    picture_format: str, orientation: int
) -> None:
    exif = exif_with_orientation(orientation)
    photo = encoded(halves(), picture_format, exif=exif)
    stored = halves()
    stored.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(stored)
    picture, info = decode(photo), probe(photo)
    assert picture.size == (info.width, info.height) == upright.size
    assert np.abs(np.asarray(picture).astype(int) - np.asarray(upright)).mean() < 8


def test_exif_that_goes_on_in_another_segment_still_turns_the_photo() -> None:
    photo = encoded(halves(), "JPEG", exif=exif_with_orientation(6))
    more = b"Exif\0\0" + bytes(100)
    end = photo.index(b"\xff\xe1") + 2
    end += int.from_bytes(photo[end : end + 2])
    photo = photo[:end] + b"\xff\xe1" + (len(more) + 2).to_bytes(2) + more + photo[end:]
    info = probe(photo)
    assert decode(photo).size == (info.width, info.height) == (40, 64)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*"])
def test_broken_exif_leaves_the_photo_as_it_is(exif: bytes) -> None:
    assert decode(encoded(halves(), "JPEG", exif=exif)).size == (64, 40)


@pytest.mark.parametrize("exif", [exif_with_orientation(6), b"Exif\0\0"])
def test_a_png_whose_exif_begins_as_in_a_jpeg_is_decoded(exif: bytes) -> None:
    assert exif.startswith(b"Exif\0\0")
    photo = png_with_exif(halves(), exif)
    info, picture = probe(photo), decode(photo)
    assert picture.size == (info.width, info.height)
    assert_near(picture.getpixel((8, 8)), RED)


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_a_webp_with_broken_exif_is_decoded(exif: bytes) -> None:
    webp = encoded(halves(), "WEBP", exif=b"x" * len(exif))
    photo = webp.replace(b"x" * len(exif), exif)
    assert exif in photo
    assert decode(photo).size == (64, 40)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("picture_format", ["PNG", "WEBP"])
def test_transparency_is_pasted_on_white(picture_format: str, mode: str) -> None:
    picture = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 16, 32))
    photo = encoded(picture.convert(mode), picture_format)
    assert_near(decode(photo).getpixel((4, 4)), (0, 0, 0))
    assert_near(decode(photo).getpixel((28, 4)), WHITE)


@pytest.mark.parametrize("picture_format", ["PNG", "GIF"])
def test_a_transparent_palette_colour_is_white(picture_format: str) -> None:
    palette = halves().quantize(4)
    red_index = palette.getpixel((0, 0))
    photo = encoded(palette, picture_format, transparency=red_index)
    assert_near(decode(photo).getpixel((4, 4)), WHITE)
    assert_near(decode(photo).getpixel((60, 4)), BLUE)


def test_palette_with_alpha_per_colour_is_blended() -> None:
    palette = halves().quantize(2)
    red_index = palette.getpixel((0, 0))
    alphas = bytes(128 if index == red_index else 255 for index in range(2))
    photo = encoded(palette, "PNG", transparency=alphas)
    assert_near(decode(photo).getpixel((4, 4)), (255, 127, 127))


def test_the_transparent_colour_of_an_rgb_png_is_white() -> None:
    photo = encoded(halves(), "PNG", transparency=RED)
    assert decode(photo).getpixel((4, 4)) == WHITE


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"tEXt"])
@pytest.mark.parametrize("where", ["before", "after"])
def test_however_much_a_png_has_to_tell_it_is_decoded(kind: bytes, where: str) -> None:
    packed = zlib.compress(b"0" * 1_100_000)
    content = {
        b"zTXt": b"Raw profile type xmp\0\0" + packed,
        b"iTXt": b"prompt\0\1\0\0\0" + packed,
        b"tEXt": b"parameters\0" + b"0" * 1_100_000,
    }[kind]
    photo = png_with_chunk(halves(), kind, content, after_pixels=where == "after")
    assert_near(decode(photo).getpixel((4, 4)), RED)


def test_a_bmp_whose_alpha_nobody_set_keeps_its_colours() -> None:
    masks = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 124, 4, 4, 1, 32, 3, 64, 0, 0, 0, 0) + masks
    header += bytes(124 - len(header))
    pixels = bytes((10, 200, 30, 0)) * 16
    photo = struct.pack("<2sIII", b"BM", 14 + 124 + 64, 0, 14 + 124) + header + pixels
    assert decode(photo).getpixel((1, 1)) == (30, 200, 10)
    half_clear = photo[:-4] + bytes((10, 200, 30, 255))
    assert decode(half_clear).getpixel((1, 1)) == WHITE


def test_cmyk_jpegs_keep_their_colours() -> None:
    photo = encoded(halves().convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in photo
    assert_near(decode(photo).getpixel((8, 20)), RED)


def test_black_and_white_pictures_stay_so() -> None:
    bits = Image.new("1", (16, 16), 1)
    bits.paste(0, (0, 0, 8, 16))
    picture = decode(encoded(bits, "PNG"))
    assert picture.getpixel((2, 2)) == (0, 0, 0)
    assert picture.getpixel((12, 2)) == WHITE


def test_16_bit_grey_is_scaled_and_not_cut() -> None:
    grey = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    picture = decode(encoded(Image.fromarray(grey), "PNG"))
    assert np.array_equal(np.asarray(picture)[..., 0].ravel(), np.arange(256))


@pytest.mark.parametrize(("white", "mode"), [(65535, "I"), (1.0, "F"), (255.0, "F")])
def test_deep_grey_modes_are_scaled_to_8_bit(white: float, mode: str) -> None:
    ramp = np.linspace(0, white, 64).astype(np.int32 if mode == "I" else np.float32)
    picture = Image.fromarray(ramp.reshape(8, 8))
    assert picture.mode == mode
    pixels = np.asarray(to_rgb(picture))
    assert (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX"])
@pytest.mark.parametrize("more", ["CMYK", "YCbCr", "LAB", "HSV", "I", "I;16", "I;16B", "F"])
def test_every_mode_of_pillow_becomes_rgb(mode: str, more: str) -> None:
    for name in (mode, more):
        assert to_rgb(Image.new(name, (9, 7))).mode == "RGB"


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_used(picture_format: str) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    photo = encoded(frames[0], picture_format, save_all=True, append_images=frames[1:])
    assert_near(decode(photo).getpixel((10, 10)), RED)


@pytest.mark.parametrize(
    "photo",
    [b"", b"hello, this is no picture", b"%PDF-1.7", b"BMW is a car maker in Munich", b"\xff\xd8"],
)
def test_what_is_no_picture_is_an_unsupported_format(photo: bytes) -> None:
    with pytest.raises(UnsupportedFormatError, match="JPEG, PNG, WebP, GIF and BMP"):
        decode(photo)


@pytest.mark.parametrize("picture_format", ["TIFF", "ICO", "PPM", "TGA"])
def test_other_picture_formats_are_unsupported(picture_format: str) -> None:
    with pytest.raises(UnsupportedFormatError):
        probe(encoded(halves(), picture_format))


@pytest.mark.parametrize("picture_format", FORMATS)
def test_a_photo_cut_off_anywhere_is_a_bad_image(picture_format: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    photo = encoded(Image.fromarray(noise), picture_format)
    for length in (len(photo) // 20 + 20, len(photo) // 4, len(photo) // 2, len(photo) * 9 // 10):
        with pytest.raises(BadImageError):
            decode(photo[:length])


@given(data=st.data())
@settings(max_examples=300)
def test_hostile_bytes_raise_nothing_but_the_contracts_errors(data: st.DataObject) -> None:
    photo = bytearray(encoded(halves(24, 20), data.draw(st.sampled_from(FORMATS))))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, min(len(photo) - 1, 120)))
        photo[at] = data.draw(st.integers(0, 255))
    del photo[data.draw(st.integers(len(photo) // 2, len(photo))) :]
    try:
        picture = decode(bytes(photo), ImageLimits(max_pixels=1_000_000))
    except LookalikeError:
        return
    info = probe(bytes(photo))
    assert (picture.mode, picture.size) == ("RGB", (info.width, info.height))


@given(st.binary(max_size=200), st.sampled_from(FORMATS))
@settings(max_examples=200)
def test_any_bytes_after_a_signature_are_handled(tail: bytes, picture_format: str) -> None:
    photo = encoded(halves(8, 8), picture_format)[:18] + tail
    with pytest.raises((BadImageError, ImageTooLargeError)):
        decode(photo)


@pytest.mark.parametrize("read_bytes", [PNG_HEADER_BYTES, None], ids=["its header", "all of it"])
def test_a_png_that_claims_60k_by_60k_is_refused_by_its_header_and_without_memory(
    read_bytes: int | None,
) -> None:
    """Where there is no more than a header, nothing can have been decoded."""
    bomb = png_claiming(60_000, 60_000)[:read_bytes]
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ImageTooLargeError, match="60000 x 60000"):
        decode(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 1024


@pytest.mark.parametrize("picture_format", FORMATS)
def test_every_format_is_held_to_the_pixel_limit_by_its_header(picture_format: str) -> None:
    photo = encoded(halves(100, 101), picture_format)
    assert probe(photo, ImageLimits(max_pixels=10_100)).height == 101
    for read in (probe, decode):
        with pytest.raises(ImageTooLargeError, match="100 x 101 pixels"):
            read(photo, ImageLimits(max_pixels=10_099))


def test_a_gif_whose_first_frame_is_larger_than_its_screen_counts_by_the_frame() -> None:
    photo = bytearray(encoded(Image.new("P", (10, 10)), "GIF"))
    frame = photo.index(b"\x2c", 13)
    photo[frame + 5 : frame + 9] = b"\xff\xff\xff\xff"
    with pytest.raises(ImageTooLargeError, match="65535 x 65535"):
        decode(bytes(photo))


def test_a_file_above_the_byte_limit_is_too_large() -> None:
    photo = encoded(halves(), "BMP")
    with pytest.raises(ImageTooLargeError, match="bytes"):
        decode(photo, ImageLimits(max_bytes=len(photo) - 1))


def test_limits_beyond_what_pillow_decodes_quietly_are_refused() -> None:
    with pytest.raises(ValueError, match="max_pixels"):
        ImageLimits(max_pixels=200_000_000)
