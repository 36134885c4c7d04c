"""The path in what a terminal pastes when a file is dropped into it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tui.search.typed_path import is_there, typed_path


def dropped_path(text: str) -> Path | None:
    """The first path in pasted text: plain, in quotes, with backslashes, or a file:// address.

    None where there is no text. Whether the file exists is for the caller to find out.
    """
    lines = text.strip().splitlines()
    if not lines:
        return None
    first = lines[0].strip()
    if first.startswith("file://"):
        return _of_address(first)
    if len(first) > 1 and first[0] == first[-1] and first[0] in "'\"":
        first = first[1:-1]
    elif not is_there(Path(first)):
        first = re.sub(r"\\(.)", r"\1", first)
    return typed_path(first) if first else None


def _of_address(address: str) -> Path | None:
    try:
        return Path(unquote(urlsplit(address).path))
    except ValueError:
        return None
