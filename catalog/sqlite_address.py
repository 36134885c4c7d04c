"""Addresses of SQLite files, as SQLAlchemy reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import unquote

_PREFIX: Final = "sqlite:///"


def sqlite_url(file: Path) -> str:
    """The SQLAlchemy URL of a file whose path may hold `%` and `?`, which mean something there."""
    return _PREFIX + str(file).replace("%", "%25").replace("?", "%3F")


def absolute(url: str) -> str:
    """An SQLite URL by its file's absolute path; that of another database as it is."""
    if not url.startswith(_PREFIX) or url == _PREFIX:
        return url
    file, mark, options = url.removeprefix(_PREFIX).partition("?")
    return sqlite_url(Path(unquote(file)).resolve()) + mark + options
