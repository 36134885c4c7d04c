"""The shopper's photo: its bytes as they are sent, and a picture of it to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

VIEW_PX: Final = 1600
"""Longest side of the picture that is shown: more than a terminal has, and quick to redraw."""

PHOTO_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"})
"""File names that look like a photo; what the bytes say counts in the end."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Photo:
    """One photo.

    `path` is absolute. `width` and `height` are pixels of the upright (EXIF-turned) photo, which
    crop boxes are measured in; `view` is that photo as RGB, at most VIEW_PX long.
    """

    path: Path
    content: bytes
    width: int
    height: int
    view: Image.Image

    @property
    def name(self) -> str:
        """What to call it."""
        return self.path.name
