"""Keys that are letters, for whoever has the Korean keyboard on."""

from __future__ import annotations

import unicodedata
from itertools import chain
from typing import Final

from textual import events
from textual.app import App

_KEYS: Final = {
    letter: keys
    for first, typed in (
        ("\u1100", "r R s e E f a q Q t T d w W c z x v g"),
        ("\u1161", "k o i O j p u P h hk ho hl y n nj np nl b m ml l"),
        ("\u11a8", "r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g"),
    )
    for letter, keys in zip(map(chr, range(ord(first), 0x1200)), typed.split(), strict=False)
}
"""The Latin letters on the keys of a syllable's first letters, vowels and last letters.

Source: KS X 5002, two-set keyboard; the letters' order is Unicode's, of Hangul Jamo.
"""


class KoreanKeyboardApp(App[None]):
    """Takes Korean that nothing was done with for the Latin letters of its keys."""

    def on_key(self, event: events.Key) -> None:
        """What bubbles up to here was typed into no field."""
        typed = latin_keys(event.key)
        if typed:
            event.stop()
            self._press(typed)

    def _press(self, keys: list[str]) -> None:
        """One after the other: the next one may be for what the last one has moved to the front."""
        self.simulate_key(keys[0])
        if keys[1:]:
            self.screen.call_after_refresh(self._press, keys[1:])


def latin_keys(korean: str) -> list[str]:
    """The keys that a letter was typed with, or a syllable that was made of several: 프 is v, m.

    Empty where it is no Korean.
    """
    letters = unicodedata.normalize("NFKD", korean)
    if not all(letter in _KEYS for letter in letters):
        return []
    return list(chain.from_iterable(_KEYS[letter] for letter in letters))
