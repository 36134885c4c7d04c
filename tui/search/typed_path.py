"""Paths as people type them: what is none is not there, and raises nothing.

`Path` itself raises where a name is too long, a folder may not be entered or a user is unknown;
of the same questions `os.path` answers False.
"""

from __future__ import annotations

import os
from pathlib import Path


def typed_path(text: str) -> Path:
    """The path with ~ as one's home; as it is where that is nobody's."""
    return Path(os.path.expanduser(text))  # noqa: PTH111


def working_folder() -> Path:
    """Where the program was started; one's home where that is removed."""
    try:
        return Path.cwd()
    except OSError:
        return home_folder()


def home_folder() -> Path:
    """The shopper's own folder."""
    return typed_path("~")


def is_there(path: Path) -> bool:
    """Whether there is anything at a path."""
    return os.path.exists(path)  # noqa: PTH110


def is_file(path: Path) -> bool:
    """Whether there is a file at a path."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder at a path."""
    return os.path.isdir(path)  # noqa: PTH112
