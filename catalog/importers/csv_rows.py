"""CSV as shops export it: any usual delimiter, quotes, byte order marks, broken lines.

A cell may have a million characters, as a line of JSON may have bytes.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource

_DELIMITERS: Final = (",", ";", "\t", "|")
_HEADER_BYTES: Final = 1 << 16
_MAX_CELL_CHARS: Final = 1 << 20
_READ_CELL_CHARS: Final = 1 << 24
"""A cell that is too long is read to its end up to here; beyond, its quote is never closed."""
_BYTE_ORDER_MARK: Final = "\ufeff"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""In this order: UTF-32's little-endian mark begins with UTF-16's."""
_EXAMPLES: Final = (
    "such as cp949 (Korean), cp932 (Japanese), cp1252 (Western European) or utf-16-le"
)


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
    found = _header(path, beginning, encoding, plan)
    header = [plan.canonical(cell) for cell in found.cells]
    try:
        plan.check(path, header)
    except TableError:
        if _is_text(found.cells) and "\x00" not in "".join(found.cells):
            raise
        raise TableError(
            f"the header of {path} is no {encoding} text; --encoding names another, {_EXAMPLES}"
        ) from None

    def rows() -> Iterator[RawRow]:
        # Bytes that are no text become surrogates, so that they cost their own row and no other.
        with (
            path.open("rb") as file,
            io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="") as text,
        ):
            yield from _rows(file, text, found, header)

    return TableSource(path, size, tuple(header), rows)


def _encoding_of(beginning: bytes) -> str:
    return next((name for mark, name in _MARKS if beginning.startswith(mark)), "utf-8")


@dataclass(frozen=True, slots=True)
class _Header:
    """The first row: its cells by one delimiter, and how many lines it takes."""

    delimiter: str
    cells: list[str]
    lines: int


def _header(path: Path, beginning: bytes, encoding: str, plan: ColumnPlan) -> _Header:
    """The header by the delimiter that yields the most wanted columns."""
    try:
        "\n".encode(encoding)  # refuses what is no encoding of text, such as hex
        text = codecs.getincrementaldecoder(encoding)("surrogateescape").decode(beginning)
    except (LookupError, UnicodeError):
        raise TableError(f"{path} can't be read as {encoding}") from None
    text = text.removeprefix(_BYTE_ORDER_MARK)

    def columns(header: _Header) -> tuple[int, int]:
        wanted = {plan.canonical(cell) for cell in header.cells} & plan.names()
        return len(wanted), len(header.cells)

    found = max((_header_by(delimiter, text) for delimiter in _DELIMITERS), key=columns)
    if not any(cell.strip() for cell in found.cells):
        raise TableError(f"{path} has no header line")
    return found


def _header_by(delimiter: str, text: str) -> _Header:
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        return _Header(delimiter, next(reader, []), reader.line_num)
    except csv.Error:
        # A quote is open or misplaced, as in `"size" (cm)`: the header is the first line.
        lines.seek(0)
        return _Header(delimiter, next(csv.reader([lines.readline()], delimiter=delimiter)), 1)


def _rows(
    file: BinaryIO, text: io.TextIOWrapper, found: _Header, header: list[str]
) -> Iterator[RawRow]:
    csv.field_size_limit(_READ_CELL_CHARS)
    lines = _Lines(_without_mark(text))
    for _ in range(found.lines):
        next(lines)
    reader = csv.reader(lines, delimiter=found.delimiter, strict=True)
    while True:
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"the row can't be read, a quote is open or misplaced ({error})"
            yield RawRow(lines.row_number, problem=reason, done=file.tell())
            lines.back_to_second()
            continue
        except UnicodeError:
            reason = f"from here on the file is no {text.encoding} text; nothing below was read"
            yield RawRow(lines.row_number, problem=reason, done=file.tell())
            return
        if cells:
            yield _row(lines, cells, header, text.encoding, file.tell())


def _without_mark(lines: Iterable[str]) -> Iterator[str]:
    rest = iter(lines)
    yield next(rest, "").removeprefix(_BYTE_ORDER_MARK)
    yield from rest


def _row(lines: _Lines, cells: list[str], header: list[str], encoding: str, done: int) -> RawRow:
    problem = ""
    if any(len(cell) > _MAX_CELL_CHARS for cell in cells):
        problem = f"the row has a cell of more than {_MAX_CELL_CHARS:,} characters"
        # The id tells which row it is; the long cell would only take up memory.
        cells = [cell if len(cell) <= _MAX_CELL_CHARS else "" for cell in cells]
    elif len(cells) != len(header):
        problem = f"the row has {len(cells)} cells where the header has {len(header)}"
        lines.back_to_second()
    elif not _is_text(cells):
        problem = f"the row is no {encoding} text; --encoding names another"
    return RawRow(lines.row_number, dict(zip(header, cells, strict=False)), problem, done)


def _is_text(cells: list[str]) -> bool:
    joined = "".join(cells)
    if joined.isascii():
        return True
    try:
        joined.encode()
    except UnicodeEncodeError:
        return False
    return True


class _Lines:
    """The lines of a file, numbered from 1, that can go back to the second line of a row.

    A quote that is never closed swallows all lines up to the next one: only the line that it
    stands on is bad.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self.row_number = 1

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._row.append(line)
        return line

    def begin_row(self) -> None:
        """What is read from here on is another row."""
        self.row_number += len(self._row)
        self._row.clear()

    def back_to_second(self) -> None:
        """Read the row's lines but its first once more."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]
