"""JSON lines: an object a line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Final

from catalog.importers.price import json_number
from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource

_MAX_LINE_BYTES: Final = 1 << 20
_REMEMBERED_KEYS: Final = 256


def open_jsonl(path: Path, plan: ColumnPlan, encoding: str | None) -> TableSource:
    """Look into a file of JSON lines; the names in its rows are checked row by row.

    Raises:
        TableError: it is of an encoding in which a line feed is not one byte.
        OSError: it can't be read.
    """
    encoding = encoding or "utf-8"
    try:
        single = "\n".encode(encoding) == b"\n"
    except (LookupError, UnicodeError):
        single = False
    if not single:
        raise TableError(f"{path} can't be read as {encoding}: JSON lines are UTF-8")
    size = path.stat().st_size

    def rows() -> Iterator[RawRow]:
        with path.open("rb") as file:
            yield from _rows(file, _Names(plan), encoding)

    return TableSource(path, size, (), rows)


def _rows(file: BinaryIO, names: _Names, encoding: str) -> Iterator[RawRow]:
    number = 0
    while line := file.readline(_MAX_LINE_BYTES):
        number += 1
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if len(line) >= _MAX_LINE_BYTES and not line.endswith(b"\n"):
            _skip_line(file)
            problem = f"the line has more than {_MAX_LINE_BYTES:,} bytes"
            yield RawRow(number, problem=problem, done=file.tell())
        elif line.strip():
            yield _row(number, line, names, encoding, file.tell())


def _skip_line(file: BinaryIO) -> None:
    while (more := file.readline(_MAX_LINE_BYTES)) and not more.endswith(b"\n"):
        pass


def _row(number: int, line: bytes, names: _Names, encoding: str, done: int) -> RawRow:
    try:
        row = json.loads(line.decode(encoding), parse_float=json_number)
    except UnicodeDecodeError:
        return RawRow(number, problem=f"the line is no {encoding} text", done=done)
    except (ValueError, RecursionError):
        return RawRow(number, problem="the line is no JSON", done=done)
    if not isinstance(row, dict):
        return RawRow(number, problem="the line is no JSON object", done=done)
    fields, twice = names.canonical(row)
    return RawRow(number, fields, f"the line has {twice} twice" if twice else "", done)


class _Names:
    """The names of a plan's columns, as the keys of lines spell them."""

    def __init__(self, plan: ColumnPlan) -> None:
        self._wanted = plan.names()
        # Nearly all lines have the same few keys.
        self._canonical = lru_cache(_REMEMBERED_KEYS)(plan.canonical)

    def canonical(self, row: dict[str, object]) -> tuple[dict[str, object], str]:
        """A line's values by column, and a wanted column that it has by two keys, "" for none."""
        fields: dict[str, object] = {}
        twice = ""
        for key, value in row.items():
            name = self._canonical(key)
            if name in fields and name in self._wanted:
                twice = name
            fields.setdefault(name, value)
        return fields, twice
