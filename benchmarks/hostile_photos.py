"""Photos as an attacker would send them: drawn or real ones, encoded in every way, then damaged.

A case is its number: the same number is the same bytes and the same crop, given the same photos.
"""

from __future__ import annotations

import functools
import io
import math
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image, ImageCms

from benchmarks.colour_profiles import P3, cmyk_profile, grey_profile, rgb_profile
from lookalike.contract.schemas import Crop

_LARGE_EVERY: Final = 400
"""One case in so many is a picture just below the limit of 50 megapixels."""
_PNG_START: Final = 8
_TRAILERS: Final = (
    b"PK\x03\x04" + bytes(60),
    b"<!doctype html><script>alert(1)</script>",
    b"%PDF-1.7\n1 0 obj<<>>endobj\n",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    bytes(4096),
)
_HOSTILE_NUMBERS: Final = (
    math.nan, math.inf, -math.inf, 0.0, -0.0, -1.0, 1e-300, -1e308, 1e308, 2.0**31, 2.0**63,
    0.5, 7.0,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HostilePhoto:
    """What is sent: a file's bytes, and a crop or none; `name` says how it came about."""

    name: str
    photo: bytes
    crop: Crop | None


def hostile_photo(number: int, photos: Sequence[Path] = ()) -> HostilePhoto:
    """The case of a number, made from one of some photo files, or from a drawing without any."""
    rng = random.Random(number)
    large = number % _LARGE_EVERY == 0
    picture = _large(rng) if large else _picture(rng, photos)
    name, photo = _encoded(picture, rng)
    damage = rng.choice(list(_DAMAGE)) if rng.random() < 0.85 else "whole"
    if damage != "whole":
        photo = _DAMAGE[damage](photo, rng)
    kind = "large " if large else ""
    return HostilePhoto(f"{kind}{name}, {damage}", photo, _crop(rng, picture.size))


def _picture(rng: random.Random, photos: Sequence[Path]) -> Image.Image:
    if photos and rng.random() < 0.7:
        with Image.open(rng.choice(photos)) as opened:
            picture = opened.convert("RGB")
        left, top = rng.randrange(picture.width // 2), rng.randrange(picture.height // 2)
        return picture.crop((left, top, *picture.size))
    size = rng.choice(((1, 1), (7, 9), (8, 8), (640, 9), (3, 900), (120, 160), (336, 448)))
    noise = np.random.default_rng(rng.randrange(1 << 32))
    return Image.fromarray(noise.integers(0, 256, (size[1], size[0], 3), np.uint8))


def _large(rng: random.Random) -> Image.Image:
    sizes = ((7070, 7070), (65_500, 760), (760, 65_500), (10_000, 4_999), (4_999, 5_000))
    grains = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    return Image.fromarray(grains).resize(rng.choice(sizes), Image.Resampling.NEAREST)


def _encoded(picture: Image.Image, rng: random.Random) -> tuple[str, bytes]:
    """The picture as a file: its kind in words, and its bytes."""
    kind = rng.choice(list(_KINDS))
    mode, picture_format, options = _KINDS[kind]
    told: dict[str, Any] = dict(options)
    if mode == "I;16":
        converted = Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 257)
    elif mode == "P":
        converted = picture.quantize(rng.choice((2, 16, 256)))
    else:
        converted = picture.convert(mode)
    if picture_format in ("JPEG", "PNG", "WEBP") and rng.random() < 0.4:
        told["exif"] = _exif(rng)
    if picture_format in ("JPEG", "PNG", "WEBP") and rng.random() < 0.3:
        told["icc_profile"] = _profile(rng)
    if picture_format == "WEBP" and max(picture.size) > 16_383:
        picture_format, told = "PNG", {}
    if told.pop("animated", False) and max(picture.size) < 2_000:
        told |= {"save_all": True, "append_images": [converted.copy() for _ in range(3)]}
    file = io.BytesIO()
    converted.save(file, picture_format, **told)
    return kind, file.getvalue()


_KINDS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "JPEG": ("RGB", "JPEG", {"quality": 85}),
    "progressive JPEG": ("RGB", "JPEG", {"progressive": True}),
    "progressive JPEG, whole": ("RGB", "JPEG", {"progressive": True, "subsampling": 0}),
    "progressive CMYK JPEG": ("CMYK", "JPEG", {"progressive": True}),
    "grey JPEG": ("L", "JPEG", {}),
    "CMYK JPEG": ("CMYK", "JPEG", {}),
    "PNG": ("RGB", "PNG", {"compress_level": 1}),
    "PNG with alpha": ("RGBA", "PNG", {"compress_level": 1}),
    "grey PNG with alpha": ("LA", "PNG", {"compress_level": 1}),
    "16 bit PNG": ("I;16", "PNG", {"compress_level": 1}),
    "1 bit PNG": ("1", "PNG", {}),
    "palette PNG": ("P", "PNG", {}),
    "palette PNG with a transparent colour": ("P", "PNG", {"transparency": 1}),
    "WebP": ("RGB", "WEBP", {"method": 0}),
    "lossless WebP with alpha": ("RGBA", "WEBP", {"lossless": True, "method": 0}),
    "animated WebP": ("RGB", "WEBP", {"method": 0, "animated": True}),
    "GIF": ("P", "GIF", {}),
    "animated GIF": ("P", "GIF", {"animated": True}),
    "BMP": ("RGB", "BMP", {}),
    "1 bit BMP": ("1", "BMP", {}),
    "palette BMP": ("P", "BMP", {}),
}


def _exif(rng: random.Random) -> bytes:
    if rng.random() < 0.3:
        return b"Exif\x00\x00" + rng.randbytes(rng.randrange(200))
    exif = Image.Exif()
    exif[0x0112] = rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65535))
    return exif.tobytes()


def _profile(rng: random.Random) -> bytes:
    """A colour profile, of this kind of picture or of another; whole or damaged."""
    profile = rng.choice(_profiles())
    damage = rng.choice((None, None, _truncated, _flipped_bits, _flipped_head, _overwritten))
    return profile if damage is None else damage(profile, rng)


@functools.cache
def _profiles() -> tuple[bytes, ...]:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return srgb, rgb_profile(P3, 2.2), grey_profile(1.8), cmyk_profile(), bytes(400)


def _crop(rng: random.Random, size: tuple[int, int]) -> Crop | None:
    if rng.random() < 0.4:
        return None

    def number(whole: int) -> float:
        return rng.uniform(0, whole) if rng.random() < 0.7 else rng.choice(_HOSTILE_NUMBERS)

    width, height = size
    return Crop.model_construct(
        x=number(width // 2), y=number(height // 2), width=number(width), height=number(height),
        unit=rng.choice(("px", "px", "fraction")),
    )  # fmt: skip


def _truncated(photo: bytes, rng: random.Random) -> bytes:
    return photo[: rng.randrange(len(photo) + 1)]


def _flipped_bits(photo: bytes, rng: random.Random, within: int | None = None) -> bytes:
    changed = bytearray(photo)
    for _ in range(rng.choice((1, 2, 8, 64))):
        changed[rng.randrange(min(within or len(changed), len(changed)))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flipped_head(photo: bytes, rng: random.Random) -> bytes:
    return _flipped_bits(photo, rng, within=160)


def _cut_out(photo: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(photo))
    return photo[:at] + photo[at + rng.randrange(1, 400) :]


def _repeated(photo: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(photo))
    piece = photo[at : at + rng.randrange(1, 400)]
    return photo[:at] + piece * rng.choice((2, 50)) + photo[at:]


def _overwritten(photo: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(photo))
    length = rng.choice((1, 2, 4, 64))
    filler = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    return photo[:at] + filler + photo[at + length :]


def _other_size(photo: bytes, rng: random.Random) -> bytes:
    """The same pixels under a header that claims another size."""
    changed = bytearray(photo)
    side = rng.choice((0, 1, 255, 4_000, 7_071, 65_535))
    if photo.startswith(b"\x89PNG"):
        changed[16:24] = struct.pack(">II", side, rng.choice((side, 1, (1 << 31) - 1)))
        return _with_right_sums(bytes(changed))
    if photo.startswith(b"GIF"):
        at = rng.choice((6, photo.find(b"\x2c") + 5))
        changed[at : at + 4] = struct.pack("<HH", side, side)
    elif photo.startswith(b"BM"):
        changed[18:26] = struct.pack("<ii", side, rng.choice((side, -side, -(1 << 31))))
    elif photo.startswith(b"RIFF"):
        changed[24:30] = side.to_bytes(3, "little") * 2
    else:
        starts = [photo.find(mark) for mark in (b"\xff\xc0", b"\xff\xc2")]
        at = max(starts) + 5
        changed[at : at + 4] = struct.pack(">HH", side, side)
    return bytes(changed)


def _damaged_chunks(photo: bytes, rng: random.Random) -> bytes:
    """A PNG whose sums are right again after damage, so that decoders look further; else flips."""
    damaged = _flipped_bits(photo, rng)
    return _with_right_sums(damaged) if photo.startswith(b"\x89PNG") else damaged


def _with_right_sums(png: bytes) -> bytes:
    """Source: PNG specification, third edition, 5.3 (chunk layout), 5.5 (CRC)."""
    packed, at = [png[:_PNG_START]], _PNG_START
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        body = png[at + 4 : at + 8 + length]
        packed.append(struct.pack(">I", length) + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join(packed)


def _bomb(photo: bytes, rng: random.Random) -> bytes:
    """A small file that unpacks to much: pixels or text of a PNG."""
    side = rng.choice((7_071, 20_000, 65_535))
    packed = zlib.compress(bytes(rng.choice((10_000_000, 60_000_000))), 9)
    kind, start = rng.choice(
        ((b"IDAT", b""), (b"zTXt", b"x\0\0"), (b"iCCP", b"x\0\0"), (b"iTXt", b"x\0\1\0\0\0"))
    )
    if kind != b"IDAT":
        side = rng.choice((64, 7_000))
    header = struct.pack(">IIBBBBB", side, side, 8, rng.choice((0, 2, 6)), 0, 0, rng.choice((0, 1)))
    file = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), (kind, start + packed), (b"IEND", b"")):
        body = name + data
        file += struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return file


def _polyglot(photo: bytes, rng: random.Random) -> bytes:
    other = rng.choice(_TRAILERS)
    return rng.choice((photo + other, other + photo, photo[:20] + other + photo[20:]))


def _wrong_start(photo: bytes, rng: random.Random) -> bytes:
    starts = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM", b"\0\0")
    start = rng.choice(starts)
    return start + photo[len(start) :]


def _noise(photo: bytes, rng: random.Random) -> bytes:
    return photo[: rng.choice((0, 12, 40))] + rng.randbytes(rng.randrange(4_096))


_DAMAGE: Final[dict[str, Callable[[bytes, random.Random], bytes]]] = {
    "truncated": _truncated,
    "flipped bits": _flipped_bits,
    "flipped bits in the head": _flipped_head,
    "a piece cut out": _cut_out,
    "a piece repeated": _repeated,
    "a piece overwritten": _overwritten,
    "another size claimed": _other_size,
    "damaged behind right sums": _damaged_chunks,
    "bomb": _bomb,
    "polyglot": _polyglot,
    "start of another format": _wrong_start,
    "noise": _noise,
}
