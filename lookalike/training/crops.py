"""The part of a photo that a table asks for, opened as the service opens it."""

from __future__ import annotations

from typing import Final

from PIL import Image

from lookalike.contract.errors import LookalikeError
from lookalike.vision import images
from lookalike.vision.crop import CropBoxPx, resolve_crop, whole_photo
from lookalike.vision.headers import PhotoInfo

Box = tuple[float, float, float, float]
"""x, y, width and height in pixels of the upright photo."""

UNUSABLE: Final = (OSError, ValueError, LookalikeError)
"""What a picture that can't be used raises; ValueError, since its name may hold a zero byte."""


def opened(content: bytes, box: Box | None) -> tuple[Image.Image, CropBoxPx]:
    """A file decoded by `images.decode`, and the asked box clipped to it (all of it for None).

    Raises:
        LookalikeError: it is no picture, or the box lies outside it or is under 8 px inside it.
    """
    photo = images.decode(content)
    info = PhotoInfo(photo.width, photo.height, "JPEG")
    if box is None:
        return photo, whole_photo(info)
    return photo, resolve_crop(*box, "px", info).box
