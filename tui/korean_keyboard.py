"""Keys that are letters, for whoever has the Korean keyboard on."""

from __future__ import annotations

from typing import Final

from textual import events
from textual.app import App

_LATIN: Final = dict(
    zip(
        "ㅁㅠㅊㅇㄷㄹㅎㅗㅑㅓㅏㅣㅡㅜㅐㅔㅂㄱㄴㅅㅕㅍㅈㅌㅛㅋ",
        "abcdefghijklmnopqrstuvwxyz",
        strict=True,
    )
)
"""The Latin letter on the key of a Korean one. Source: KS X 5002, two-set keyboard."""


class KoreanKeyboardApp(App[None]):
    """Takes a Korean letter that nothing was done with for the Latin one of its key."""

    def on_key(self, event: events.Key) -> None:
        """What bubbles up to here was typed into no field."""
        latin = _LATIN.get(event.key)
        if latin is not None:
            event.stop()
            self.simulate_key(latin)
