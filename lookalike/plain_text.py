"""Text of a catalogue made safe to show: a shop's title may hold anything."""

from __future__ import annotations

import unicodedata
from typing import Final

_OBEYED: Final = frozenset({"Cc", "Cs"})
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def harmless(line: str) -> str:
    """A line without what terminals obey, all else as it is: its spaces, its joined letters."""
    return "".join(
        " " if char != "\t" and unicodedata.category(char) in _OBEYED else char for char in line
    )


def plain(text: str) -> str:
    """One line of `text` without control characters, which terminals would obey."""
    shown = "".join(" " if unicodedata.category(char) in _UNSEEN else char for char in text)
    return " ".join(shown.split())
