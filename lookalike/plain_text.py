"""Text of a catalogue made safe to show: a shop's title may hold anything."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_OBEYED: Final = frozenset({"Cc", "Cs"})
_UNSEEN: Final = frozenset({"Cc", "Cs", "Co", "Zl", "Zp"})
_NON_JOINER, _JOINER, _AS_EMOJI = "\u200c", "\u200d", "\ufe0f"
_EMOJI: Final = frozenset({"So", "Sk", "Cn"})
_JOINED: Final = _EMOJI | {"Sm"}
"""What makes one emoji with that before the joiner: a head that shakes has an arrow there."""
_FLAG: Final = re.compile(
    "\N{WAVING BLACK FLAG}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f"
)
"""The flag of a part of a country, its code in tags that are not seen: "gbeng" is England.

Source: https://www.unicode.org/reports/tr51/, "Emoji Tag Sequences"."""
_VIRAMA: Final = 9
"""The combining class of what takes a letter's vowel: it joins letters of Indian scripts."""


def harmless(line: str) -> str:
    """A line without what terminals obey, all else as it is: its spaces, its joined letters."""
    return "".join(
        " " if char != "\t" and unicodedata.category(char) in _OBEYED else char for char in line
    )


def plain(text: str) -> str:
    """One line of `text` without control characters, which terminals would obey.

    Of marks that are not seen those stay that words and emoji need. What is newer than Python's
    Unicode is shown: it is mostly emoji.
    """
    flags = {at for flag in _FLAG.finditer(text) for at in range(*flag.span())}
    shown = "".join(
        " " if _breaks(char) else char
        for at, char in enumerate(text)
        if unicodedata.category(char) != "Cf" or at in flags or _joins(text, at)
    )
    return " ".join(shown.split())


def _breaks(char: str) -> bool:
    return unicodedata.category(char) in _UNSEEN or _is_no_character(ord(char))


def _is_no_character(code: int) -> bool:
    """Whether Unicode will never give it a meaning; `unicodedata` has it as not given yet."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _joins(text: str, at: int) -> bool:
    """Whether a joiner or its opposite does something to what stands before and after it."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    kind_before, kind_after = unicodedata.category(before), unicodedata.category(after)
    if text[at] == _NON_JOINER:
        return kind_before[0] in "LM" and kind_after[0] == "L"
    if text[at] != _JOINER:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        return kind_after[0] == "L"
    return (before == _AS_EMOJI or kind_before in _EMOJI) and kind_after in _JOINED
