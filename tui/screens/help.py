"""What the keys do here."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from tui.widgets.key_bar import KeyBar
from tui.wording import say

_KEY_CELLS = 18


class HelpScreen(ModalScreen[None]):
    """About the widget that has the keys, and every key that works there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter", "dismiss", "Close", key_display="esc")
    ]

    def __init__(self, asked_on: Screen[object]) -> None:
        super().__init__()
        self._about = self._text(asked_on)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(id="help") as frame:
            frame.border_title = say("Help")
            with VerticalScroll():
                yield Static(self._about)
            yield KeyBar()

    def on_mount(self) -> None:
        """The text scrolls by the keys."""
        self.query_one(VerticalScroll).focus()

    @staticmethod
    def _text(screen: Screen[object]) -> Content:
        lines: list[Content] = []
        widget = screen.focused
        for node in [] if widget is None else widget.ancestors_with_self:
            if node.HELP:
                lines += [Content(say(node.HELP)), Content("")]
                break
        keys: dict[str, list[str]] = {}
        for active in screen.active_bindings.values():
            if active.enabled and active.binding.description:
                shown = screen.app.get_key_display(active.binding)
                keys.setdefault(active.binding.description, []).append(shown)
        for description, shown_keys in keys.items():
            key = " ".join(dict.fromkeys(shown_keys))
            lines.append(
                Content.assemble((f"{key:>{_KEY_CELLS}}  ", "$text-accent"), say(description))
            )
        return Content("\n").join(lines)
