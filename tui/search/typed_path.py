"""Paths as people type them: what is none is not there, and raises nothing.

`Path` itself raises where a name is too long, a folder may not be entered or a user is unknown.
"""

from __future__ import annotations

from pathlib import Path


def typed_path(text: str) -> Path:
    """The path with ~ as one's home; as it is where that is nobody's."""
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def is_there(path: Path) -> bool:
    """Whether there is anything at a path."""
    try:
        return path.exists()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether there is a file at a path."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder at a path."""
    try:
        return path.is_dir()
    except OSError:
        return False
