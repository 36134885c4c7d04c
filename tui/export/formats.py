"""The kinds of files that an answer is written as."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

Format = Literal["html", "json", "png"]
FORMATS: Final[tuple[Format, ...]] = ("html", "json", "png")
_BY_SUFFIX: Final[dict[str, Format]] = {
    "": "html",
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".png": "png",
}


def format_of(path: Path) -> Format | None:
    """What a file's name says, HTML where it says nothing; None where it says another kind."""
    return _BY_SUFFIX.get(path.suffix.lower())
