"""Encoded photos to upright RGB pictures, within limits and whatever the bytes."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from lookalike.contract.errors import BadImageError, ImageTooLargeError
from lookalike.contract.schemas import MAX_DECODING_BYTES, MAX_PHOTO_BYTES, MAX_PHOTO_PIXELS
from lookalike.vision.headers import (
    PhotoInfo,
    PictureFormat,
    PictureHeader,
    png_chunks,
    read_header,
)
from lookalike.vision.orientation import upright
from lookalike.vision.profiles import MAX_PROFILE_BYTES, PROFILE, profile_mode

_PILLOW_WARNS_ABOVE_PIXELS: Final = 89_478_485
"""Source: Pillow, `Image.MAX_IMAGE_PIXELS`."""

_DECODERS: Final[dict[PictureFormat, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
"""The plugins are used directly: `Image.open` would warn by its own idea of too large."""

_BAND_PIXELS: Final = 1 << 20
_EXIF_MARK: Final = b"Exif\x00\x00"
_PNG_ASIDE: Final = frozenset({b"iCCP", b"tEXt", b"zTXt", b"iTXt"})
"""Chunks that say nothing of the pixels. Source: PNG specification, third edition, 11.3."""


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """The largest photo that is decoded: `max_bytes` encoded, `max_pixels` decoded."""

    max_bytes: int = MAX_PHOTO_BYTES
    max_pixels: int = MAX_PHOTO_PIXELS
    max_decoding_bytes: int = MAX_DECODING_BYTES

    def __post_init__(self) -> None:
        if self.max_pixels > _PILLOW_WARNS_ABOVE_PIXELS:
            raise ValueError(f"max_pixels can be {_PILLOW_WARNS_ABOVE_PIXELS} at most")


DEFAULT_LIMITS: Final = ImageLimits()


def probe(photo: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> PhotoInfo:
    """Size and format of an encoded photo, from its header alone.

    Raises:
        UnsupportedFormatError: no picture of a supported format.
        BadImageError: the header is cut off or nonsense.
        ImageTooLargeError: above a limit.
    """
    return _read_within(photo, limits).upright


def decode(photo: bytes, limits: ImageLimits = DEFAULT_LIMITS) -> Image.Image:
    """The photo as an upright RGB picture; of several frames the first.

    Transparency is on white, but for the one colour that a PNG of 16 bits may name.

    Where it has a colour profile of another space than sRGB it keeps that, and its mode is the
    profile's: RGB, L or CMYK. `profiles.in_srgb` makes sRGB of any; that is done after shrinking
    (`framing.at_working_size`), since 50 megapixels would take up to 2.4 s.

    Raises:
        UnsupportedFormatError: no picture of a supported format.
        BadImageError: it can't be decoded whole.
        ImageTooLargeError: above a limit; found out before anything is decoded.
    """
    header = _read_within(photo, limits)
    readable, profile = _readable(photo, header)
    try:
        with _DECODERS[header.format](io.BytesIO(readable)) as picture:
            _check_size(picture, header)  # before it allocates, and again: GIFs grow
            picture.load()
            if profile is not None:
                picture.info[PROFILE] = profile
        _check_size(picture, header)
        turned = upright(picture, header.orientation)
        if turned is not picture:
            picture.close()
        if header.format == "BMP" and _is_all_clear(turned):
            turned = turned.convert("RGB")
        return _in_own_colours(turned)
    except BadImageError:
        raise
    except Exception:  # hostile bytes make Pillow raise nearly anything, struct.error to KeyError
        raise BadImageError(f"the {header.format} is broken or cut off") from None


def _is_all_clear(picture: Image.Image) -> bool:
    """Whether nothing is to be seen: programs that know no alpha leave 0 where others read it."""
    return picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (0, 0)


def _check_size(picture: Image.Image, header: PictureHeader) -> None:
    if picture.size != (header.stored_width, header.stored_height):
        raise BadImageError(f"the {header.format} contradicts itself about its size")


def _in_own_colours(picture: Image.Image) -> Image.Image:
    mode = profile_mode(picture)
    if mode is None:
        picture.info.pop(PROFILE, None)
        return to_rgb(picture)
    plain = picture if mode == "CMYK" else to_rgb(picture, mode)
    plain.info[PROFILE] = picture.info[PROFILE]
    return plain


def to_rgb(picture: Image.Image, mode: Literal["RGB", "L"] = "RGB") -> Image.Image:
    """A picture of any of Pillow's modes as 8-bit RGB, transparency pasted on white; or a grey one
    as L. Its profile is not looked at.

    Itself where it is that already. Band by band, so that no third picture of that size is needed:
    50 megapixels are 200 MB.
    """
    if picture.mode == mode and "transparency" not in picture.info:
        return picture
    if picture.mode == "F":
        return _deep_grey_to_rgb(picture)
    plain = Image.new(mode, picture.size)
    rows = max(1, _BAND_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        plain.paste(_band_to_rgb(band), (0, top))
    return plain


def _band_to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):
        return _deep_grey_to_rgb(picture)
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    if picture.mode in ("La", "PA"):
        picture = picture.convert("LA" if picture.mode == "La" else "RGBA")
    rgba = picture.convert("RGBA")
    rgb = Image.new("RGB", rgba.size, "white")
    rgb.paste(rgba, mask=rgba.getchannel("A"))
    return rgb


def _deep_grey_to_rgb(picture: Image.Image) -> Image.Image:
    """Grey of 16 and more bits: 65535 is white; of floats: 1, or 255 where any is above 1."""
    grey = np.asarray(picture).astype(np.float32)
    if picture.mode == "F":
        grey = np.nan_to_num(grey)
        white = 1.0 if grey.max(initial=0.0) <= 1.0 else 255.0
    else:
        white = 65535.0
    grey_8_bit = np.rint(np.clip(grey / white, 0.0, 1.0) * 255.0).astype(np.uint8)
    return Image.fromarray(grey_8_bit).convert("RGB")


def _readable(photo: bytes, header: PictureHeader) -> tuple[bytes, bytes | None]:
    """Without what Pillow parses and stumbles over if it is broken; and a PNG's colour profile.

    That is a JPEG's EXIF, which it reads for the dpi, a PNG's profile, and its texts, of which it
    unpacks a megabyte at most. Nothing else is touched: a PNG's checksums would not fit any more.
    """
    if header.format == "JPEG":
        return photo.replace(_EXIF_MARK, bytes(len(_EXIF_MARK))), None
    if header.format != "PNG":
        return photo, None
    profile, kept, kept_to = None, [], 0
    for kind, start, end in png_chunks(photo):
        if kind not in _PNG_ASIDE:
            continue
        if kind == b"iCCP" and profile is None:
            profile = _unpacked_profile(photo[start + 8 : end - 4])
        kept.append(photo[kept_to:start])
        kept_to = end
    return (b"".join([*kept, photo[kept_to:]]) if kept else photo), profile


def _unpacked_profile(chunk: bytes) -> bytes | None:
    """Source: PNG specification, third edition, 11.3.2.3 (iCCP): name, 0, method 0, zlib."""
    _, _, packed = chunk.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(packed[1:], MAX_PROFILE_BYTES + 1)
    except zlib.error:
        return None


def _read_within(photo: bytes, limits: ImageLimits) -> PictureHeader:
    if len(photo) > limits.max_bytes:
        raise ImageTooLargeError(
            f"the photo has {len(photo):,} bytes; at most {limits.max_bytes:,} are taken"
        )
    header = read_header(photo)
    size = f"the photo has {header.stored_width} x {header.stored_height} pixels"
    if header.stored_width * header.stored_height > limits.max_pixels:
        raise ImageTooLargeError(f"{size}; at most {limits.max_pixels:,} are taken")
    if header.decoding_bytes > limits.max_decoding_bytes:
        raise ImageTooLargeError(
            f"{size}; a {header.format} of this kind takes {header.decoding_bytes / 1e6:.0f} MB to "
            f"decode, more than {limits.max_decoding_bytes / 1e6:.0f}"
        )
    return header
