"""The path in what a terminal pastes when a file is dropped into it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tui.search.typed_path import is_file, is_there, typed_path


def dropped_path(text: str) -> Path | None:
    """The first path in pasted text: plain, as a shell takes it, or a file:// address.

    None where there is no text. Whether the file exists is for the caller to find out.
    """
    lines = text.strip().splitlines()
    if not lines:
        return None
    first = lines[0].strip()
    if first.startswith("file://"):
        return _of_address(first)
    if is_there(Path(first)):
        return typed_path(first)
    found = _first_of_shell(first)
    if found is not None:
        return found
    if len(first) > 1 and first[0] == first[-1] and first[0] in "'\"":
        first = first[1:-1]
    else:
        first = re.sub(r"\\(.)", r"\1", first)
    return typed_path(first) if first else None


def _first_of_shell(line: str) -> Path | None:
    """The first of the paths on a line as a shell would read it, where it is there.

    Of several words it has to be a file: a path with a space in it may begin as a folder does.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if not words or not words[0]:
        return None
    path = typed_path(words[0])
    return path if is_file(path) or (len(words) == 1 and is_there(path)) else None


def _of_address(address: str) -> Path | None:
    try:
        return Path(unquote(urlsplit(address).path, errors="surrogateescape"))
    except ValueError:
        return None
