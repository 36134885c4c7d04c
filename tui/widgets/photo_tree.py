"""Folders and the photos in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rich.text import Text, TextType
from textual.widgets import DirectoryTree

from lookalike.plain_text import plain
from tui.search.photo import PHOTO_SUFFIXES


class PhotoTree(DirectoryTree):
    """A directory tree that leaves out what is hidden and what is no photo."""

    HELP = "Folders and photos. Enter opens a folder or takes a photo; Ctrl+Up goes a folder up."

    def process_label(self, label: TextType) -> Text:
        """A name without what a terminal would obey."""
        return shown_name(label)

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Folders and photos only."""
        return [path for path in paths if not path.name.startswith(".") and _is_shown(path)]


def shown_name(name: TextType) -> Text:
    """A file's name as a label."""
    return Text(plain(name if isinstance(name, str) else name.plain))


def _is_shown(path: Path) -> bool:
    try:
        return path.suffix.lower() in PHOTO_SUFFIXES or path.is_dir()
    except OSError:
        return False
