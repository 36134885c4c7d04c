"""The photo as it is shown: what the crop box leaves out dimmed, its frame drawn."""

from __future__ import annotations

from typing import Final

from PIL import Image, ImageDraw

from tui.search.crop_box import Box, Size, whole
from tui.search.photo import Photo

Rgb = tuple[int, int, int]

_DIMMED: Final = 0.42
_CLOSE_UP_PX: Final = 640


def framed(photo: Photo, box: Box, width: int, height: int, frame: Rgb, line: int) -> Image.Image:
    """The whole photo at `width` x `height`, bright in the box and dark around it.

    `line` is how many of these pixels the frame is wide; no frame where the box is all.
    """
    shown = photo.view.resize((width, height), Image.Resampling.LANCZOS)
    if box == whole(Size(photo.width, photo.height)):
        return shown
    scale_x, scale_y = width / photo.width, height / photo.height
    left, top = int(box.x * scale_x), int(box.y * scale_y)
    right = max(round(box.right * scale_x), left + 1)
    bottom = max(round(box.bottom * scale_y), top + 1)
    picture = shown.point([int(level * _DIMMED) for level in range(256)] * 3)
    picture.paste(shown.crop((left, top, right, bottom)), (left, top))
    outline = (left, top, right - 1, bottom - 1)
    ImageDraw.Draw(picture).rectangle(outline, outline=frame, width=line)
    return picture


def close_up(photo: Photo, box: Box) -> Image.Image:
    """What lies in the box, from the picture that is shown, at most 640 px long."""
    scale_x, scale_y = photo.view.width / photo.width, photo.view.height / photo.height
    left, top = int(box.x * scale_x), int(box.y * scale_y)
    right = max(round(box.right * scale_x), left + 1)
    bottom = max(round(box.bottom * scale_y), top + 1)
    part = photo.view.crop((left, top, right, bottom))
    part.thumbnail((_CLOSE_UP_PX, _CLOSE_UP_PX))
    return part
