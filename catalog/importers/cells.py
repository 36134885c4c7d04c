"""What a cell of any source may hold, before anything is made of it."""

from __future__ import annotations

from typing import Final

_SHOWN_CHARS: Final = 60


class CellError(ValueError):
    """A value that can't be used; the message goes on from "price '-5' …": "is negative"."""


def text_of(value: object) -> str:
    """A cell as text without outer white space; "" for None, NaN and empty cells.

    A whole number that a spreadsheet turned into a float loses its ".0".

    Raises:
        CellError: it is a list or the like, holds NUL characters, or is no valid Unicode.
    """
    if isinstance(value, list | tuple | dict | set):
        raise CellError("is not a single value")
    if isinstance(value, bytes):
        value = value.decode("utf-8", "surrogateescape")
    if value is None or value != value:  # NaN alone differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = value.strip() if isinstance(value, str) else str(value)
    if "\x00" in text:
        raise CellError("holds NUL characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise CellError("is no valid Unicode text") from None
    return text


def shown(value: object) -> str:
    """A value as a message shows it: quoted, on one line, and cut off where it is long."""
    text = value if isinstance(value, str) else str(value)
    if len(text) > _SHOWN_CHARS:
        text = text[: _SHOWN_CHARS - 1] + "…"
    return ascii(text) if not _encodable(text) else repr(text)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
