"""Where a path is typed, or a file dropped."""

from __future__ import annotations

from pathlib import Path

from tui.widgets.field import Field


class PathInput(Field):
    """A field that takes a dropped file at once, and shows its path."""

    HELP = "A photo's path. Drop a file into the terminal, or paste its path; ~ is your home."

    def dropped(self, path: Path) -> None:
        """The file is the next photo."""
        self.value = str(path)
        super().dropped(path)
