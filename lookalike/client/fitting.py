"""Photos above a payload limit: what the service looks at, encoded anew below it."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image

from lookalike.contract.errors import LookalikeError
from lookalike.contract.schemas import MAX_DECODING_BYTES, MAX_PHOTO_PIXELS, Crop, CropBox, UsedCrop
from lookalike.vision.crop import MIN_CROP_PX, CropBoxPx, resolve_crop, whole_photo, with_context
from lookalike.vision.headers import PhotoInfo, read_header
from lookalike.vision.orientation import upright
from lookalike.vision.profiles import in_srgb

_QUALITY: Final = 95
_LONGEST_SIDE_PX: Final = 3072
"""Four times what the segmenter works at; a JPEG of this size is some 3 MB."""
_PLAIN_MODES: Final = frozenset({"RGB", "L", "CMYK"})
"""Anything else means something else in its transparency or depth: the service decodes that."""


@dataclass(frozen=True, slots=True)
class FittedPhoto:
    """A part of a photo as a JPEG, and where it lies in the original, in its upright pixels.

    `part` is what the JPEG shows, `box` what is asked about: the same, or that with its context.
    """

    jpeg: bytes
    size: tuple[int, int]
    original: PhotoInfo
    part: CropBoxPx
    box: CropBoxPx
    clipped: bool

    @property
    def crop(self) -> Crop | None:
        """The box in pixels of the JPEG; None for all of it."""
        if self.box == self.part:
            return None
        across, down = self.size[0] / self.part.width, self.size[1] / self.part.height
        return Crop(
            x=(self.box.x - self.part.x) * across,
            y=(self.box.y - self.part.y) * down,
            width=self.box.width * across,
            height=self.box.height * down,
        )

    @property
    def used_crop(self) -> UsedCrop:
        """The box as the service would have reported it, had it seen the original."""
        box = self.box
        return UsedCrop(x=box.x, y=box.y, width=box.width, height=box.height, clipped=self.clipped)

    def in_original(self, found: CropBox) -> CropBox:
        """A box in the JPEG as a box in the original."""
        part = self.part
        across, down = part.width / self.size[0], part.height / self.size[1]
        left, top = round(found.x * across), round(found.y * down)
        right = min(round((found.x + found.width) * across), part.width)
        bottom = min(round((found.y + found.height) * down), part.height)
        return CropBox(x=part.x + left, y=part.y + top, width=right - left, height=bottom - top)


def fit(photo: bytes, crop: Crop | None, max_bytes: int) -> FittedPhoto | None:
    """What the service looks at for `crop`, none: all of a photo, as at most `max_bytes` of JPEG.

    None where this is better left to the service: it is no picture, or not of a plain kind.
    Raises: BadCropError, as the service would.
    """
    try:
        header = read_header(photo)
    except LookalikeError:
        return None
    pixels = header.stored_width * header.stored_height
    if pixels > MAX_PHOTO_PIXELS or header.decoding_bytes > MAX_DECODING_BYTES:
        return None
    info = header.upright
    if crop is None:
        box, clipped = whole_photo(info), False
    else:
        resolved = resolve_crop(crop.x, crop.y, crop.width, crop.height, crop.unit, info)
        box, clipped = resolved.box, resolved.clipped
    part = with_context(box, (info.width, info.height))
    picture = _part(photo, info, header.orientation, part)
    side = _LONGEST_SIDE_PX
    while picture is not None and side >= MIN_CROP_PX:
        small = _at_most(picture, side)
        across, down = small.width / part.width, small.height / part.height
        if min(box.width * across, box.height * down) < MIN_CROP_PX:
            return None
        jpeg = io.BytesIO()
        small.save(jpeg, "JPEG", quality=_QUALITY, subsampling=0)
        if jpeg.tell() <= max_bytes:
            return FittedPhoto(jpeg.getvalue(), small.size, info, part, box, clipped)
        side //= 2
    return None


def _part(photo: bytes, info: PhotoInfo, orientation: int, box: CropBoxPx) -> Image.Image | None:
    """The box of an upright photo in sRGB, at most `_LONGEST_SIDE_PX` large.

    No two copies of all of it. In sRGB, since a profile may take more room than is left.
    """
    try:
        with Image.open(io.BytesIO(photo), formats=[info.format]) as picture:
            if picture.mode not in _PLAIN_MODES or "transparency" in picture.info:
                return None
            picture.load()
        whole = upright(picture, orientation)
        if whole is not picture:
            picture.close()
        if whole.size != (info.width, info.height):
            return None
        return in_srgb(_at_most(whole, _LONGEST_SIDE_PX, box))
    except Exception:  # hostile bytes make Pillow raise nearly anything; the service says what
        return None


def _at_most(picture: Image.Image, side_px: int, box: CropBoxPx | None = None) -> Image.Image:
    """The box of a picture, none: all of it, with sides of at most `side_px`."""
    corners = (0, 0, *picture.size) if box is None else box.corners
    width, height = corners[2] - corners[0], corners[3] - corners[1]
    scale = min(1.0, side_px / max(width, height))
    if scale == 1.0:
        return picture.crop(corners)
    size = (round(width * scale), round(height * scale))
    return picture.resize(size, Image.Resampling.BICUBIC, box=corners)
