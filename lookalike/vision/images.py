"""Encoded photos to upright RGB pictures, within limits and whatever the bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

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
from lookalike.vision.headers import PhotoInfo, PictureFormat, PictureHeader, read_header
from lookalike.vision.orientation import upright

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
    """The photo as an upright RGB picture, transparency on white; of several frames the first.

    Raises:
        UnsupportedFormatError: no picture of a supported format.
        BadImageError: it can't be decoded whole.
        ImageTooLargeError: above a limit; found out before anything is decoded.
    """
    header = _read_within(photo, limits)
    try:
        with _DECODERS[header.format](io.BytesIO(_readable(photo, header))) as picture:
            _check_size(picture, header)  # before it allocates, and again: GIFs grow
            picture.load()
        _check_size(picture, header)
        turned = upright(picture, header.orientation)
        if turned is not picture:
            picture.close()
        return to_rgb(turned)
    except BadImageError:
        raise
    except Exception:  # hostile bytes make Pillow raise nearly anything, struct.error to KeyError
        raise BadImageError(f"the {header.format} is broken or cut off") from None


def _check_size(picture: Image.Image, header: PictureHeader) -> None:
    if picture.size != (header.stored_width, header.stored_height):
        raise BadImageError(f"the {header.format} contradicts itself about its size")


def to_rgb(picture: Image.Image) -> Image.Image:
    """A picture of any of Pillow's modes as 8-bit RGB, transparency pasted on white.

    Itself where it is that already. Band by band, so that no third picture of that size is needed:
    50 megapixels are 200 MB.
    """
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode == "F":
        return _deep_grey_to_rgb(picture)
    rgb = Image.new("RGB", picture.size)
    rows = max(1, _BAND_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        band = picture.crop((0, top, picture.width, min(top + rows, picture.height)))
        rgb.paste(_band_to_rgb(band), (0, top))
    return rgb


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


def _readable(photo: bytes, header: PictureHeader) -> bytes:
    """Without EXIF where it is a JPEG: Pillow parses that for its dpi, and stumbles if broken.

    No other format is touched: a PNG's checksums would not fit any more.
    """
    if header.format != "JPEG":
        return photo
    return photo.replace(_EXIF_MARK, bytes(len(_EXIF_MARK)))


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
