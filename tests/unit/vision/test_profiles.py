"""Embedded colour profiles: one garment has one colour, whatever its picture's numbers mean."""

from __future__ import annotations

import functools
import struct
import subprocess
import sys
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from benchmarks.colour_profiles import (
    ADOBE_RGB,
    P3,
    SRGB,
    Triple,
    cmyk_profile,
    grey_profile,
    packed,
    power,
    rgb_profile,
)
from lookalike.vision.colour import colour_histograms
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.framing import at_working_size, framed
from lookalike.vision.images import decode
from lookalike.vision.profiles import MAX_PROFILE_BYTES
from lookalike.vision.segment import cut_out
from tests.unit.vision.pictures import encoded, exif_with_orientation, png_with_chunk

GAMMA = 2.2
COLOURS = ((200, 30, 40), (30, 140, 60), (240, 130, 20), (40, 60, 150), (128, 128, 128))
P3_PROFILE, GREY_PROFILE = rgb_profile(P3, GAMMA), grey_profile(1.8)
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "WEBP": {"lossless": True},
    "JPEG": {"quality": 100, "subsampling": 0},
}


def garments(colours: tuple[Triple, ...] = COLOURS, side: int = 32) -> Image.Image:
    """A square of each colour in a row, in sRGB."""
    row = np.repeat(np.asarray([colours], np.uint8), side, axis=1)
    return Image.fromarray(np.repeat(row, side, axis=0))


def photographed(picture: Image.Image, primaries: tuple[Triple, ...]) -> Image.Image:
    """An sRGB picture in the numbers of a camera. Source: IEC 61966-2-1."""
    value = np.asarray(picture, np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    own = linear @ np.array(SRGB) @ np.linalg.inv(np.array(primaries))
    return Image.fromarray(np.rint(np.clip(own, 0, 1) ** (1 / GAMMA) * 255).astype(np.uint8))


def seen(photo: bytes) -> npt.NDArray[np.int16]:
    """What the service looks at."""
    looked_at = at_working_size(decode(photo))
    assert looked_at.mode == "RGB"
    assert "icc_profile" not in looked_at.info
    return np.asarray(looked_at, np.int16)


def apart(one: npt.NDArray[np.int16], other: npt.NDArray[np.int16]) -> int:
    return int(np.abs(one - other).max())


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("primaries", [P3, ADOBE_RGB], ids=["Display P3", "Adobe RGB"])
@pytest.mark.parametrize("picture_format", LOSSLESS)
def test_a_wide_picture_has_the_colours_of_its_srgb_twin(
    picture_format: str, primaries: tuple[Triple, ...]
) -> None:
    wide, options = photographed(garments(), primaries), LOSSLESS[picture_format]
    profile = rgb_profile(primaries, GAMMA)
    twin = seen(encoded(garments(), picture_format, **options))
    assert apart(seen(encoded(wide, picture_format, **options)), twin) > 20
    assert apart(seen(encoded(wide, picture_format, icc_profile=profile, **options)), twin) <= (
        6 if picture_format == "JPEG" else 3  # which rounds before and after
    )


@pytest.mark.parametrize("colour", COLOURS[:4])
@pytest.mark.parametrize("primaries", [P3, ADOBE_RGB], ids=["Display P3", "Adobe RGB"])
def test_a_garments_look_is_the_same_from_either(
    colour: tuple[int, int, int], primaries: tuple[Triple, ...]
) -> None:
    def histogram(picture: Image.Image, **options: bytes) -> npt.NDArray[np.float32]:
        photo, box = decode(encoded(picture, "PNG", **options)), CropBoxPx(0, 0, *picture.size)
        cutout = cut_out(lambda crop: Image.new("L", crop.size, 255), photo, box)
        assert np.array_equal(cutout[60:160, 60:160], framed(photo)[60:160, 60:160])
        return np.asarray(colour_histograms(cutout[None])[0])

    plain = garments((colour,), 240)
    wide = photographed(plain, primaries)
    same = histogram(wide, icc_profile=rgb_profile(primaries, GAMMA))
    assert same @ histogram(plain) > 0.99
    assert histogram(wide) @ histogram(plain) < 0.97


def test_an_srgb_profile_changes_no_pixel_and_is_left_out() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (64, 64, 3), np.uint8)
    picture = decode(encoded(Image.fromarray(noise), "PNG", icc_profile=srgb_profile()))
    assert "icc_profile" not in picture.info
    assert at_working_size(picture) is picture
    assert np.array_equal(np.asarray(picture), noise)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_crop_of_a_large_turned_photo_has_its_colours(orientation: int) -> None:
    wide = photographed(garments(((200, 90, 40),), 1000), P3)
    exif = exif_with_orientation(orientation)
    photo = encoded(wide, "JPEG", quality=100, icc_profile=P3_PROFILE, exif=exif)
    crop = at_working_size(decode(photo), CropBoxPx(50, 40, 900, 300))
    assert crop.size == (768, 256)
    assert apart(np.asarray(crop, np.int16), np.array((200, 90, 40), np.int16)) <= 3


@pytest.mark.parametrize("picture_format", ["PNG", "WEBP"])
def test_what_is_transparent_is_white_and_the_rest_converted(picture_format: str) -> None:
    wide = photographed(garments(), P3).convert("RGBA")
    wide.paste((0, 0, 0, 0), (0, 0, 160, 16))
    options = {"lossless": True, "exact": True} if picture_format == "WEBP" else {}
    pixels = seen(encoded(wide, picture_format, icc_profile=P3_PROFILE, **options))
    assert (pixels[:16] == 255).all()
    assert apart(pixels[16:], np.asarray(garments(), np.int16)[16:]) <= 3


def test_a_transparent_colour_is_white_and_the_rest_converted() -> None:
    wide = photographed(garments(), P3)
    first = wide.getpixel((0, 0))
    pixels = seen(encoded(wide, "PNG", icc_profile=P3_PROFILE, transparency=first))
    assert (pixels[:, :32] == 255).all()
    assert apart(pixels[:, 32:], np.asarray(garments(), np.int16)[:, 32:]) <= 3


def test_a_palettes_colours_are_converted() -> None:
    palette = photographed(garments(), P3).quantize(8)
    pixels = seen(encoded(palette, "PNG", icc_profile=P3_PROFILE))
    assert apart(pixels, np.asarray(garments(), np.int16)) <= 3


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_grey_is_converted_at_any_depth(mode: str) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    if mode == "I;16":
        picture = Image.fromarray(ramp.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(ramp).convert(mode)
    pixels = seen(encoded(picture, "PNG", icc_profile=GREY_PROFILE)).reshape(256, 3)
    assert (pixels[:, :1] == pixels).all()
    linear = (np.arange(256) / 255) ** 1.8
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert apart(pixels[:, 0], np.rint(srgb * 255).astype(np.int16)) <= 3


def test_black_and_white_stay_so_under_a_profile() -> None:
    bits = Image.new("1", (16, 16), 1)
    bits.paste(0, (0, 0, 8, 16))
    pixels = seen(encoded(bits, "PNG", icc_profile=GREY_PROFILE))
    assert (pixels[:, :8] == 0).all()
    assert (pixels[:, 8:] == 255).all()


def test_printed_cyan_is_what_the_press_makes_of_it() -> None:
    inks = Image.new("CMYK", (64, 64), (255, 0, 0, 0))
    inks.paste((0, 0, 0, 0), (0, 0, 64, 32))
    profiled = seen(encoded(inks, "JPEG", quality=100, icc_profile=cmyk_profile()))
    assert apart(profiled[48], np.array((0, 151, 218), np.int16)) <= 4
    assert (profiled[8] >= 254).all()
    naive = seen(encoded(inks, "JPEG", quality=100))
    assert apart(naive[48], np.array((0, 255, 255), np.int16)) <= 4


def chained_profile() -> bytes:
    """A step that does nothing, twenty thousand times, in some 160 kB."""
    step = b"matf\0\0\0\0" + struct.pack(">HH12f", 3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    steps = 20_000
    places = struct.pack(">II", 16 + 8 * steps, len(step)) * steps
    chain = b"mpet\0\0\0\0" + struct.pack(">HHI", 3, 3, steps) + places + step
    return packed("RGB ", {b"D2B1": chain}, version=4)


OF_NO_USE = {
    "empty": b"",
    "no profile": b"hello" * 100,
    "without tags": P3_PROFILE[:128],
    "cut off": P3_PROFILE[:200],
    "too large": P3_PROFILE.ljust(MAX_PROFILE_BYTES + 1, b"\0"),
    "of grey pictures": GREY_PROFILE,
    "of inks": cmyk_profile(),
    "between devices": P3_PROFILE[:12] + b"link" + P3_PROFILE[16:],
    "without colours": packed("RGB ", {b"rTRC": power(1.8)}),
    "a long chain": chained_profile(),
}


@pytest.mark.parametrize("picture_format", LOSSLESS)
@pytest.mark.parametrize("profile", OF_NO_USE)
def test_a_profile_of_no_use_leaves_the_picture_as_it_is(picture_format: str, profile: str) -> None:
    options = LOSSLESS[picture_format]
    photo = encoded(garments(), picture_format, icc_profile=OF_NO_USE[profile], **options)
    assert apart(seen(photo), seen(encoded(garments(), picture_format, **options))) == 0


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_of_another_kind_of_picture_leaves_it_as_it_is(mode: str) -> None:
    picture = garments().convert(mode)
    photo = encoded(picture, "JPEG", icc_profile=P3_PROFILE)
    assert decode(photo).mode == "RGB"
    assert apart(seen(photo), seen(encoded(picture, "JPEG"))) == 0


@pytest.mark.parametrize(
    "chunk",
    [b"", b"no end of the name", b"P3\0", b"P3\0\7unknown method", b"P3\0\0not packed",
     b"P3\0\0" + zlib.compress(bytes(MAX_PROFILE_BYTES * 4))],
)  # fmt: skip
def test_a_png_whose_profile_can_not_be_unpacked_is_decoded(chunk: bytes) -> None:
    photo = png_with_chunk(garments(), b"iCCP", chunk)
    assert apart(seen(photo), np.asarray(garments(), np.int16)) == 0


@functools.cache
def profiles() -> tuple[tuple[str, bytes], ...]:
    return (
        ("RGB", P3_PROFILE), ("RGB", srgb_profile()), ("L", GREY_PROFILE), ("CMYK", cmyk_profile()),
    )  # fmt: skip


@given(data=st.data())
@settings(max_examples=300)
def test_no_damaged_profile_is_an_error(data: st.DataObject) -> None:
    mode, profile = data.draw(st.sampled_from(profiles()))
    damaged = bytearray(profile)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(len(damaged) // 2, len(damaged))) :]
    photo = encoded(garments(side=8).convert(mode), "JPEG", icc_profile=bytes(damaged))
    assert seen(photo).shape == (8, 40, 3)


def test_without_littlecms_profiles_are_ignored_and_plain_photos_never_load_it() -> None:
    script = """
import sys
from lookalike.vision.framing import at_working_size
from lookalike.vision.images import decode
wide, plain = sys.stdin.buffer.read().split(b"|||")
decode(plain)
assert "PIL.ImageCms" not in sys.modules
sys.modules["PIL._imagingcms"] = None
print(at_working_size(decode(wide)).tobytes() == at_working_size(decode(plain)).tobytes())
"""
    photos = [encoded(garments(), "PNG", icc_profile=P3_PROFILE), encoded(garments(), "PNG")]
    told = subprocess.run(
        [sys.executable, "-c", script], input=b"|||".join(photos), capture_output=True, check=False
    )
    assert (told.stdout.decode().strip(), told.stderr.decode()) == ("True", "")
