"""Photos as they lie on disk or come from the service: read, checked and decoded."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

from lookalike.contract.errors import BadImageError, ImageTooLargeError
from lookalike.vision.headers import PictureHeader, read_header
from lookalike.vision.orientation import upright
from lookalike.vision.profiles import PROFILE, in_srgb, profile_mode
from tui.search.photo import VIEW_PX, Photo
from tui.wording import say


def load_photo(path: Path) -> Photo:
    """Read and decode a photo; takes up to a second for a large one, so call it on a thread.

    Raises:
        OSError: no file, or none that may be read.
        BadImageError, UnsupportedFormatError, ImageTooLargeError: as the service would say.
    """
    content = read_photo(path)
    info = header_within_limits(content).upright
    return Photo(path, content, info.width, info.height, upright_rgb(content, VIEW_PX))


def read_photo(path: Path) -> bytes:
    """What lies in a file, of which no more is read than a photo may have.

    Raises:
        OSError: no file, or none that may be read.
        ImageTooLargeError: it is larger than a photo may be.
    """
    from lookalike.contract.schemas import MAX_PHOTO_BYTES

    with path.open("rb") as file:
        _hold_to_size(os.fstat(file.fileno()).st_size)
        return file.read(MAX_PHOTO_BYTES + 1)


def header_within_limits(content: bytes) -> PictureHeader:
    """What an encoded picture says of itself, held to the service's limits.

    Raises: BadImageError, UnsupportedFormatError, ImageTooLargeError.
    """
    from lookalike.contract.schemas import MAX_DECODING_BYTES, MAX_PHOTO_PIXELS

    _hold_to_size(len(content))
    header = read_header(content)
    size = say(
        "the photo has {width} x {height} pixels",
        width=header.stored_width,
        height=header.stored_height,
    )
    if header.stored_width * header.stored_height > MAX_PHOTO_PIXELS:
        most = say("at most {most} are taken", most=f"{MAX_PHOTO_PIXELS:,}")
        raise ImageTooLargeError(f"{size}; {most}")
    if header.decoding_bytes > MAX_DECODING_BYTES:
        needed = say(
            "a {form} of this kind takes {needed} MB to decode, more than {most}",
            form=header.format,
            needed=f"{header.decoding_bytes / 1e6:.0f}",
            most=f"{MAX_DECODING_BYTES / 1e6:.0f}",
        )
        raise ImageTooLargeError(f"{size}; {needed}")
    return header


def _hold_to_size(size_bytes: int) -> None:
    from lookalike.contract.schemas import MAX_PHOTO_BYTES

    if size_bytes > MAX_PHOTO_BYTES:
        told = say(
            "the photo has {size} bytes; at most {most} are taken",
            size=f"{size_bytes:,}",
            most=f"{MAX_PHOTO_BYTES:,}",
        )
        raise ImageTooLargeError(told)


def upright_rgb(content: bytes, longest_px: int) -> Image.Image:
    """An encoded picture as upright sRGB, transparency on white, at most `longest_px` long.

    Raises: BadImageError, UnsupportedFormatError, ImageTooLargeError.
    """
    header = header_within_limits(content)
    try:
        with Image.open(io.BytesIO(content)) as picture:
            picture.draft("RGB", (longest_px, longest_px))
            picture.load()
            turned = upright(picture, header.orientation)
            turned.thumbnail((longest_px, longest_px))
            return _in_its_colours(turned)
    except Exception:  # hostile bytes make Pillow raise nearly anything, struct.error to KeyError
        raise BadImageError("the picture is broken or cut off") from None


def _in_its_colours(picture: Image.Image) -> Image.Image:
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
        return picture.convert("I").point(lambda grey: grey * (1 / 257) + 0.5).convert("RGB")
    mode = profile_mode(picture)
    shown = picture
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        shown = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba)
    if mode is None:
        return shown.convert("RGB")
    plain = shown.convert(mode)
    plain.info[PROFILE] = picture.info[PROFILE]
    return in_srgb(plain)
