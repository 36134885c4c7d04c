"""The typeface of a picture's words: Pillow's own one knows ASCII and little else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from PIL import ImageFont

Typeface: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

_SIZE_PX: Final = 15
_INSTALLED: Final = (
    "NotoSansCJK-Regular",
    "NotoSansCJKkr-Regular",
    "NotoSansKR-Regular",
    "NanumGothic",
    "AppleSDGothicNeo",
    "malgun",
    "DejaVuSans",
    "LiberationSans-Regular",
    "Arial",
)
"""Files that systems keep typefaces in, without their suffix; the first six know Hangul."""
_NO_CHARACTER: Final = "\U0010ffff"


def typefaces(names: Iterable[str] = _INSTALLED) -> list[Typeface]:
    """Pillow's own typeface, then the named ones that are installed here."""
    found: list[Typeface] = [ImageFont.load_default(_SIZE_PX)]
    for name in names:
        try:
            found.append(ImageFont.truetype(name, _SIZE_PX))
        except OSError:
            continue
    return found


def lacking(typeface: Typeface, text: str) -> set[str]:
    """The characters of a text that it would draw as boxes."""
    box = _drawn(typeface, _NO_CHARACTER)
    return {char for char in set(text) if not char.isspace() and _drawn(typeface, char) == box}


def best_for(text: str, known: Sequence[Typeface]) -> Typeface:
    """The typeface that lacks fewest characters of a text; of equals the first."""
    return min(known, key=lambda typeface: len(lacking(typeface, text)))


def _drawn(typeface: Typeface, char: str) -> tuple[tuple[int, int], bytes]:
    mask = typeface.getmask(char)
    return mask.size, bytes(mask)
