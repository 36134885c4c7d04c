"""What a picture file claims about itself, read from its header without decoding anything.

Own readers instead of Pillow's `Image.open`: they allocate nothing, warn about nothing and never
raise anything but the two errors of the contract, whatever the bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lookalike.contract.errors import BadImageError, UnsupportedFormatError

PictureFormat = Literal["JPEG", "PNG", "WEBP", "GIF", "BMP"]
"""The formats that are read, by Pillow's names."""

SUPPORTED_FORMATS: Final = "JPEG, PNG, WebP, GIF and BMP"

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BMP_HEADER_SIZES: Final = frozenset({12, 16, 40, 52, 56, 64, 108, 124})
_JPEG_SIZE_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_PROGRESSIVE_MARKERS: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_JPEG_COEFFICIENT_BYTES: Final = 2
_PICTURE_BYTES_PER_PIXEL: Final = 4
_WEBP_DECODER_BYTES_PER_PIXEL: Final = 12
"""Two canvases, a copy of the frame. Source: libwebp's WebPAnimDecoder; 15.5 in all as measured."""
_ORIENTATION_TAG: Final = 0x0112
_TIFF_SHORT: Final = 3


@dataclass(frozen=True, slots=True)
class PhotoInfo:
    """Size in pixels of the upright (EXIF-turned) photo, and its format by Pillow's name."""

    width: int
    height: int
    format: PictureFormat


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """Format, stored size in pixels (before any EXIF turn) and EXIF orientation 1..8.

    `decoder_bytes_per_pixel` is what the decoder holds beside the picture.
    """

    format: PictureFormat
    stored_width: int
    stored_height: int
    orientation: int = 1
    decoder_bytes_per_pixel: float = 0.0

    @property
    def decoding_bytes(self) -> float:
        """What decoding takes: the picture, at four bytes a pixel, and what the decoder holds."""
        bytes_per_pixel = _PICTURE_BYTES_PER_PIXEL + self.decoder_bytes_per_pixel
        return self.stored_width * self.stored_height * bytes_per_pixel

    @property
    def upright(self) -> PhotoInfo:
        """The photo as a person sees it."""
        width, height = self.stored_width, self.stored_height
        if self.orientation >= 5:
            width, height = height, width
        return PhotoInfo(width, height, self.format)


def read_header(photo: bytes) -> PictureHeader:
    """Format, size and orientation of an encoded picture, from its header alone.

    Raises:
        UnsupportedFormatError: the bytes are of none of the supported formats.
        BadImageError: they begin like one, but the header is cut off or nonsense.
    """
    picture_format = _sniff(photo)
    if picture_format is None:
        what = "is not a picture in a supported format" if photo else "is empty"
        raise UnsupportedFormatError(f"the photo {what} ({SUPPORTED_FORMATS} are taken)")
    try:
        header = _READERS[picture_format](photo)
    except (struct.error, IndexError):
        raise BadImageError(f"the {picture_format} header is cut off") from None
    if header.stored_width <= 0 or header.stored_height <= 0:
        raise BadImageError(f"the {picture_format} header gives no size")
    return header


def _sniff(photo: bytes) -> PictureFormat | None:
    if photo.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if photo.startswith(_PNG_SIGNATURE):
        return "PNG"
    if photo.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if photo.startswith(b"RIFF") and photo[8:12] == b"WEBP":
        return "WEBP"
    if photo.startswith(b"BM") and int.from_bytes(photo[14:18], "little") in _BMP_HEADER_SIZES:
        return "BMP"
    return None


def _read_jpeg(photo: bytes) -> PictureHeader:
    """Source: ITU-T T.81, annex B; Exif 2.32, 4.7.2 (APP1)."""
    orientation: int | None = None
    for marker, at in _jpeg_segments(photo):
        if marker in (0xD9, 0xDA):
            break
        if marker in _JPEG_SIZE_MARKERS:
            height, width = struct.unpack_from(">HH", photo, at + 5)
            coefficients = _coefficient_bytes(photo, at)
            return PictureHeader("JPEG", width, height, orientation or 1, coefficients)
        (length,) = struct.unpack_from(">H", photo, at + 2)
        segment = photo[at + 4 : at + 2 + length]
        # One above 64 KB goes on in further segments, which have no directory of their own.
        if orientation is None and marker == 0xE1 and segment.startswith(b"Exif\x00\x00"):
            orientation = exif_orientation(segment)
    raise BadImageError("the JPEG header gives no size")


def _jpeg_segments(photo: bytes, at: int = 2) -> Iterator[tuple[int, int]]:
    """The markers from a place on that have a length, and where they lie."""
    while True:
        at = photo.find(b"\xff", at)
        if at < 0:
            raise BadImageError("the JPEG header is cut off")
        marker = photo[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0 or marker in _JPEG_BARE_MARKERS:
            at += 2
        else:
            yield marker, at
            (length,) = struct.unpack_from(">H", photo, at + 2)
            at += 2 + max(2, length)


def _coefficient_bytes(photo: bytes, at: int) -> float:
    """What libjpeg keeps of each pixel until the last scan, where there are several.

    `at` is where the frame's header lies. Source: ITU-T T.81, B.2.2 (sampling factors), B.2.3.
    """
    components = photo[at + 9]
    factors = [photo[at + 11 + 3 * component] for component in range(components)]
    if photo[at + 1] not in _JPEG_PROGRESSIVE_MARKERS:
        try:
            scan = next(where for kind, where in _jpeg_segments(photo, at) if kind == 0xDA)
            if photo[scan + 4] >= components:
                return 0.0
        except (BadImageError, IndexError, struct.error):  # there is nothing to decode
            return 0.0
    across, down = (
        [factor >> 4 or 1 for factor in factors],
        [factor & 15 or 1 for factor in factors],
    )
    sampled = sum(h * v for h, v in zip(across, down, strict=True))
    most = max(across, default=1) * max(down, default=1)
    return _JPEG_COEFFICIENT_BYTES * sampled / most


def _read_png(photo: bytes) -> PictureHeader:
    """Source: PNG specification, third edition, 11.2.1 and 11.3.4.5 (eXIf before IDAT)."""
    if photo[12:16] != b"IHDR":
        raise BadImageError("the PNG header is nonsense")
    width, height = struct.unpack_from(">II", photo, 16)
    for kind, start, end in png_chunks(photo):
        if kind == b"IDAT":
            break
        if kind == b"eXIf":
            return PictureHeader("PNG", width, height, exif_orientation(photo[start + 8 : end - 4]))
    return PictureHeader("PNG", width, height)


def png_chunks(photo: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of a PNG's chunks; from 8 after the start to 4 before the end it is their
    content. Source: PNG specification, third edition, 5.3."""
    start = len(_PNG_SIGNATURE)
    while start + 8 <= len(photo):
        length, kind = struct.unpack_from(">I4s", photo, start)
        yield kind, start, start + 12 + length
        start += 12 + length


def _read_webp(photo: bytes) -> PictureHeader:
    """Source: RFC 9649, 2.5 to 2.7 and 3.4."""
    kind, orientation = photo[12:16], 1
    if kind == b"VP8X":
        width = int.from_bytes(photo[24:27], "little") + 1
        height = int.from_bytes(photo[27:30], "little") + 1
        orientation = _webp_orientation(photo)
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", photo, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and photo[23:26] == b"\x9d\x01\x2a":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", photo, 26))
    else:
        raise BadImageError("the WEBP header is nonsense")
    return PictureHeader("WEBP", width, height, orientation, _WEBP_DECODER_BYTES_PER_PIXEL)


def _webp_orientation(photo: bytes) -> int:
    at = 12
    while at + 8 <= len(photo):
        kind, length = struct.unpack_from("<4sI", photo, at)
        if kind == b"EXIF":
            return exif_orientation(photo[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    return 1


def _read_gif(photo: bytes) -> PictureHeader:
    """The screen, widened to the first frame as decoders do. Source: GIF89a, 18 to 23."""
    width, height, flags = struct.unpack_from("<HHB", photo, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while photo[at] == 0x21:
        at += 2
        while photo[at]:
            at += 1 + photo[at]
        at += 1
    if photo[at] != 0x2C:
        raise BadImageError("the GIF holds no picture")
    left, top, frame_width, frame_height = struct.unpack_from("<HHHH", photo, at + 1)
    return PictureHeader("GIF", max(width, left + frame_width), max(height, top + frame_height))


def _read_bmp(photo: bytes) -> PictureHeader:
    """Source: Microsoft BITMAPCOREHEADER and BITMAPINFOHEADER (height below 0: top row first)."""
    (header_size,) = struct.unpack_from("<I", photo, 14)
    if header_size == 12:
        width, height = struct.unpack_from("<HH", photo, 18)
    else:
        width, height = struct.unpack_from("<ii", photo, 18)
    return PictureHeader("BMP", width, abs(height))


def exif_orientation(exif: bytes) -> int:
    """The orientation 1..8 in a block of EXIF data; 1 where there is none or it is broken.

    Source: Exif 2.32, 4.6.4 (tag 0x0112); TIFF 6.0, section 2.
    """
    tiff = exif.removeprefix(b"Exif\x00\x00")
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(entries):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return value if kind == _TIFF_SHORT and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


_READERS: Final[dict[PictureFormat, Callable[[bytes], PictureHeader]]] = {
    "JPEG": _read_jpeg,
    "PNG": _read_png,
    "WEBP": _read_webp,
    "GIF": _read_gif,
    "BMP": _read_bmp,
}
