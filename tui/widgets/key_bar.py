"""The keys that do something here, in the reader's language."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tui.wording import say


class KeyBar(Footer):
    """Textual's footer, translated."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The footer's keys with their descriptions in the language chosen."""
        for key in super().compose():
            if isinstance(key, FooterKey):
                key.description = say(key.description)
            yield key
