"""Where a path is typed, or a file dropped."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from tui.messages import PhotoChosen
from tui.search.dropped_path import dropped_path
from tui.search.typed_path import is_file


class PathInput(Input):
    """An input that takes a dropped file at once."""

    HELP = "A photo's path. Drop a file into the terminal, or paste its path; ~ is your home."

    def on_paste(self, event: events.Paste) -> None:
        """A path that is there is taken; anything else is pasted as text."""
        path = dropped_path(event.text)
        if path is not None and is_file(path):
            event.stop()
            event.prevent_default()
            self.value = str(path)
            self.post_message(PhotoChosen(path))
