"""The first line: what is looked at."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal

from tui.widgets.words import Words


class TitleBar(Horizontal):
    """The program's name, what is on the table, and a word at the right."""

    DEFAULT_CSS = """
    TitleBar { dock: top; height: 1; background: $panel; padding: 0 1; }
    TitleBar #title-name { width: auto; color: $primary; text-style: bold; margin-right: 2; }
    TitleBar #title-about { width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    TitleBar #title-place { width: auto; color: $text-muted; }
    """

    def compose(self) -> ComposeResult:
        """Three texts."""
        yield Words("lookalike", widget_id="title-name")
        yield Words(widget_id="title-about")
        yield Words(widget_id="title-place")

    def show(self, about: str, place: str = "") -> None:
        """Change what is said."""
        self.query_one("#title-about", Words).tell(about)
        self.query_one("#title-place", Words).tell(place)
