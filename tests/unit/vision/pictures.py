"""Generated photos for the tests: encoded in every format and mode, and broken on purpose."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def halves(width: int = 64, height: int = 40) -> Image.Image:
    """RGB: the left half red, the right half blue."""
    picture = Image.new("RGB", (width, height), BLUE)
    picture.paste(RED, (0, 0, width // 2, height))
    return picture


def encoded(picture: Image.Image, picture_format: str, **options: Any) -> bytes:
    """The picture as a file's bytes."""
    file = io.BytesIO()
    picture.save(file, picture_format, **options)
    return file.getvalue()


def exif_with_orientation(orientation: int) -> bytes:
    """An EXIF block that says nothing but the orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def png_claiming(width: int, height: int) -> bytes:
    """A small PNG file whose header claims a size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, data) for kind, data in chunks)


def png_with_exif(picture: Image.Image, exif: bytes) -> bytes:
    """A PNG file whose eXIf chunk holds these very bytes; Pillow would take a prefix off."""
    return png_with_chunk(picture, b"eXIf", exif)


def png_with_chunk(
    picture: Image.Image, kind: bytes, content: bytes, *, after_pixels: bool = False
) -> bytes:
    """A PNG file with one more chunk, right after its header or before its end."""
    png = encoded(picture, "PNG")
    at = len(png) - 12 if after_pixels else len(b"\x89PNG\r\n\x1a\n") + 12 + 13
    return png[:at] + _png_chunk(kind, content) + png[at:]


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def garment_on(
    background: tuple[int, int, int], size: tuple[int, int], at: tuple[int, int, int, int]
) -> Image.Image:
    """A plain dark red T-shirt drawn into the box `at` (left, top, right, bottom)."""
    left, top, right, bottom = at
    photo = np.empty((size[1], size[0], 3), np.uint8)
    photo[:] = background
    width, height = right - left, bottom - top
    sleeve = slice(top + height // 12, top + height // 3)
    photo[sleeve, left:right] = (150, 20, 40)
    photo[top:bottom, left + width // 5 : right - width // 5] = (150, 20, 40)
    return Image.fromarray(photo)
