"""Rows of a table of pictures, as others write CSV: any usual delimiter, quotes, torn lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

_DELIMITERS: Final = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class _Header:
    """Names of columns in small letters, and the lines up to the first row below them."""

    names: list[str]
    lines: int


def read_table(
    table: Path, wanted: Collection[str], problems: list[str]
) -> tuple[list[str], Iterator[tuple[str, dict[str, str]]]]:
    """The header, in small letters, and each row with the words for where it stands.

    Cells come without the space around them, and are empty where a row is short; lines without
    any are passed over. Of the usual delimiters it is the one by which most wanted columns appear.
    A row with a quote that is not closed costs its first line alone, and is added to `problems`
    when the rows are come to.

    Raises:
        ValueError: it is no text.
        OSError: it can't be read.
    """
    text = _text_of(table)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # descriptions may be long
    lines = list(io.StringIO(text, newline=""))
    headers = {mark: _header(lines, mark) for mark in _DELIMITERS}
    best = max(headers, key=lambda mark: len(set(headers[mark].names) & set(wanted)))
    header = headers[best]

    def rows() -> Iterator[tuple[str, dict[str, str]]]:
        for number, cells in _rows(lines, header, best):
            place = f"{table}, row {number}"
            if cells is None:
                problems.append(f"{place}: a quote is open or misplaced")
            else:
                filled = [*cells, *[""] * (len(header.names) - len(cells))]
                yield place, dict(zip(header.names, map(str.strip, filled), strict=False))

    return header.names, rows()


def _rows(
    lines: Sequence[str], header: _Header, mark: str
) -> Iterator[tuple[int, list[str] | None]]:
    """Rows that hold anything, each with its last line's number; None for a line that is torn.

    A quote that is never closed takes all lines up to the next one into its row: where that shows,
    its first line alone is bad, and the others are read once more.
    """
    begin = header.lines
    while begin < len(lines):
        row = begin
        try:
            reader = csv.reader(islice(lines, begin, None), delimiter=mark, strict=True)
            for cells in reader:
                end = begin + reader.line_num
                if end > row + 1 and len(cells) != len(header.names):
                    break
                if any(cell.strip() for cell in cells):
                    yield end, cells
                row = end
            else:
                return
        except csv.Error:
            pass
        begin = row + 1
        yield begin, None


def _header(lines: Sequence[str], mark: str) -> _Header:
    """The first line that holds anything; a row of several lines only where its quotes close."""
    reader, row = csv.reader(lines, delimiter=mark, strict=True), 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                return _Header(_names(cells), reader.line_num)
            row = reader.line_num
    except csv.Error:  # such as `"size" (cm)`
        return _Header(_names(next(csv.reader([lines[row]], delimiter=mark))), row + 1)
    return _Header([], len(lines))


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _text_of(table: Path) -> str:
    content = table.read_bytes()
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{table} is no UTF-8 text; save it as such") from None
