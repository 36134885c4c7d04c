"""The keys that do something here, in the reader's language."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tui.wording import say

_QUIT: Final = "quit"
"""Works in windows too; there it would push away what is about the window."""


class KeyBar(Footer):
    """Textual's footer, translated, and made anew only where other keys work."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._shown: list[tuple[str, str, bool]] = []

    def compose(self) -> ComposeResult:
        """The footer's keys with their descriptions in the language chosen."""
        self._shown = _keys_of(self.screen)
        for key in super().compose():
            if isinstance(key, FooterKey):
                if key.action == _QUIT and isinstance(self.screen, ModalScreen):
                    continue
                key.description = say(key.description)
            yield key

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Every change of focus calls this, and mostly the keys are the same."""
        if _keys_of(screen) != self._shown or not self.children:
            super().bindings_changed(screen)


def _keys_of(screen: Screen[object]) -> list[tuple[str, str, bool]]:
    return [
        (active.binding.key, active.binding.description, active.enabled)
        for active in screen.active_bindings.values()
        if active.binding.show
    ]
