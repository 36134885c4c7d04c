"""The crop box that a shopper moves about: always inside the photo, never too small."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lookalike.contract.errors import BadCropError
from lookalike.vision.crop import MIN_CROP_PX
from tui.search.photo import Photo
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Crop, CropBox

FIELDS = ("x", "y", "width", "height")
"""The four numbers of a box, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A box in whole pixels of the upright photo; `x`, `y` is its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column beyond it."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row beyond it."""
        return self.y + self.height

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom."""
        return (self.x, self.y, self.right, self.bottom)

    def moved(self, dx: int, dy: int, photo: Size) -> Box:
        """Moved by so many pixels, as far as the photo's edges let it."""
        x = min(max(self.x + dx, 0), photo.width - self.width)
        y = min(max(self.y + dy, 0), photo.height - self.height)
        return replace(self, x=x, y=y)

    def stretched(self, dx: int, dy: int, photo: Size) -> Box:
        """Its right and lower edge moved by so many pixels; the upper left corner stays."""
        width = min(max(self.width + dx, _least(photo.width)), photo.width - self.x)
        height = min(max(self.height + dy, _least(photo.height)), photo.height - self.y)
        return replace(self, width=width, height=height)

    def grown(self, by: int, photo: Size) -> Box:
        """Every edge moved outwards by so many pixels, inwards where below 0."""
        left, right = _spread(self.x, self.right, by, photo.width)
        top, bottom = _spread(self.y, self.bottom, by, photo.height)
        return Box(left, top, right - left, bottom - top)

    def as_crop(self) -> Crop:
        """As the service takes it."""
        from lookalike.contract.schemas import Crop

        return Crop(x=self.x, y=self.y, width=self.width, height=self.height)


def size_of(photo: Photo) -> Size:
    """The size that boxes of a photo are held to."""
    return Size(photo.width, photo.height)


def whole(photo: Size) -> Box:
    """All of a photo."""
    return Box(0, 0, photo.width, photo.height)


def of_reply(box: CropBox) -> Box:
    """A box that the service answered."""
    return Box(box.x, box.y, box.width, box.height)


def between(first: tuple[int, int], second: tuple[int, int], photo: Size) -> Box:
    """The box between two pixels, both inside it, at least as large as the service takes."""
    left, right = _between(first[0], second[0], photo.width)
    top, bottom = _between(first[1], second[1], photo.height)
    return Box(left, top, right - left, bottom - top)


def parse_box(texts: dict[str, str], photo: Size) -> Box:
    """The box that four texts say, checked as the service would, but not clipped.

    Raises: BadCropError that begins with the name of the field at fault.
    """
    numbers = {}
    for field in FIELDS:
        try:
            numbers[field] = int(texts[field].strip())
        except ValueError:
            raise BadCropError(f"{field}: {say('a number is needed')}") from None
    for start, extent, limit in (("x", "width", photo.width), ("y", "height", photo.height)):
        if not 0 <= numbers[start] < limit:
            raise BadCropError(f"{start}: {say('0 to {most} lies inside', most=limit - 1)}")
        room = limit - numbers[start]
        if not MIN_CROP_PX <= numbers[extent] <= room:
            if room < MIN_CROP_PX:
                raise BadCropError(f"{start}: {say('{most} at most', most=limit - MIN_CROP_PX)}")
            raise BadCropError(
                f"{extent}: {say('{least} to {most} fits', least=MIN_CROP_PX, most=room)}"
            )
    return Box(**numbers)


def _least(photo_side: int) -> int:
    return min(MIN_CROP_PX, photo_side)


def _spread(start: int, end: int, by: int, limit: int) -> tuple[int, int]:
    start, end = max(start - by, 0), min(end + by, limit)
    short = _least(limit) - (end - start)
    if short > 0:
        start = min(max(start - (short + 1) // 2, 0), limit - _least(limit))
        end = start + _least(limit)
    return start, end


def _between(first: int, second: int, limit: int) -> tuple[int, int]:
    start, end = sorted(min(max(place, 0), limit - 1) for place in (first, second))
    end += 1
    if end - start < _least(limit):
        start = min(start, limit - _least(limit))
        end = start + _least(limit)
    return start, end
