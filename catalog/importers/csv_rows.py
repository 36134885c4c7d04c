"""CSV as shops export it: any usual delimiter, quotes, byte order marks, broken lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource

_DELIMITERS: Final = (",", ";", "\t", "|")
_HEADER_BYTES: Final = 1 << 16
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""In this order: UTF-32's little-endian mark begins with UTF-16's."""


def open_csv(path: Path, plan: ColumnPlan, encoding: str | None) -> TableSource:
    """Look into a CSV file: find its encoding and delimiter, and check its header.

    Raises:
        TableError: it is empty, its encoding is unknown, or its header won't do.
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        beginning = file.read(_HEADER_BYTES)
        size = file.seek(0, io.SEEK_END)
    encoding = encoding or _encoding_of(beginning)
    delimiter, cells = _header(path, beginning, encoding, plan)
    header = [plan.canonical(cell) for cell in cells]
    plan.check(path, header)

    def rows() -> Iterator[RawRow]:
        with path.open("rb") as file:
            yield from _rows(file, encoding, delimiter, header)

    return TableSource(path, size, tuple(header), rows)


def _encoding_of(beginning: bytes) -> str:
    return next((name for mark, name in _MARKS if beginning.startswith(mark)), "utf-8")


def _header(path: Path, beginning: bytes, encoding: str, plan: ColumnPlan) -> tuple[str, list[str]]:
    """The delimiter that yields the most wanted columns, and the header's cells by it."""
    try:
        text = codecs.getincrementaldecoder(encoding)("surrogateescape").decode(beginning)
    except (LookupError, UnicodeError):
        raise TableError(f"{path} can't be read as {encoding}") from None
    best: tuple[int, int, str, list[str]] | None = None
    for delimiter in _DELIMITERS:
        try:
            cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            continue
        wanted = len({plan.canonical(cell) for cell in cells} & plan.names())
        if best is None or (wanted, len(cells)) > best[:2]:
            best = (wanted, len(cells), delimiter, cells)
    if best is None or not any(cell.strip() for cell in best[3]):
        raise TableError(f"{path} has no header line")
    return best[2], best[3]


def _rows(file: BinaryIO, encoding: str, delimiter: str, header: list[str]) -> Iterator[RawRow]:
    # Bytes that are no text become surrogates, so that they cost their own row and no other.
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    next(reader)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            yield RawRow(number, problem=_unreadable(number, reader, error), done=file.tell())
            if isinstance(error, UnicodeError):
                return
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            problem = f"the row has {len(cells)} cells where the header has {len(header)}"
            fields = dict(zip(header, cells, strict=False))
            yield RawRow(number, fields, problem, done=file.tell())
        else:
            yield RawRow(number, dict(zip(header, cells, strict=True)), done=file.tell())


def _unreadable(number: int, reader: Any, error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "from here on the file is not of its encoding; nothing after this line was read"
    lines = f"lines {number} to {reader.line_num}" if reader.line_num > number else "the line"
    return f"{lines} can't be read, a quote is open or misplaced ({error})"
