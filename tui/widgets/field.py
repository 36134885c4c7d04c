"""A field of a form."""

from __future__ import annotations

from pathlib import Path

from textual import events
from textual.widgets import Input

from tui.messages import PhotoChosen
from tui.search.dropped_path import dropped_path
from tui.search.typed_path import is_file


class Field(Input):
    """An input; a file dropped on it is the next photo, as it is anywhere."""

    def on_paste(self, event: events.Paste) -> None:
        """A path that is there is taken; anything else is pasted as text."""
        path = dropped_path(event.text)
        if path is not None and is_file(path):
            event.stop()
            event.prevent_default()
            self.dropped(path)

    def dropped(self, path: Path) -> None:
        """The file is the next photo."""
        self.post_message(PhotoChosen(path))
