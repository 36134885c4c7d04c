"""Parquet, batch by batch, and of it only the columns that are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource

_BATCH_ROWS: Final = 1000
_BUFFER_BYTES: Final = 1 << 20
"""Column chunks are read in pieces of this size, not whole."""


def open_parquet(path: Path, plan: ColumnPlan) -> TableSource:
    """Look into a Parquet file and check its columns.

    Raises:
        TableError: it is no Parquet file, or its columns won't do.
        OSError: it can't be read.
    """
    with path.open("rb"):
        pass  # An absent file is told as such, not as broken Parquet.
    try:
        with pq.ParquetFile(path) as file:
            names, size = list(file.schema_arrow.names), file.metadata.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise TableError(f"{path} is no Parquet file, or a broken one") from None
    header = [plan.canonical(name) for name in names]
    plan.check(path, header)
    wanted = [name for name, meant in zip(names, header, strict=True) if meant in plan.names()]
    return TableSource(path, size, tuple(header), lambda: _rows(path, plan, wanted))


def _rows(path: Path, plan: ColumnPlan, wanted: list[str]) -> Iterator[RawRow]:
    number = 0
    try:
        with pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False) as file:
            for batch in file.iter_batches(_BATCH_ROWS, columns=wanted, use_threads=False):
                for row in _values(batch):
                    number += 1
                    if isinstance(row, str):
                        yield RawRow(number, problem=row, done=number)
                        continue
                    fields = {plan.canonical(name): value for name, value in row.items()}
                    yield RawRow(number, fields, done=number)
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{path} can't be read beyond row {number:,}: {error}") from None


def _values(batch: pa.RecordBatch) -> Iterator[dict[str, object] | str]:
    """Each row by column; for one that has a value which Python can't hold, what is wrong."""
    try:
        rows: list[dict[str, object]] = batch.to_pylist(maps_as_pydicts="lossy")
    except (ValueError, OverflowError):
        for n in range(batch.num_rows):
            yield _single(batch.slice(n, 1))
    else:
        yield from rows


def _single(row: pa.RecordBatch) -> dict[str, object] | str:
    try:
        (values,) = row.to_pylist(maps_as_pydicts="lossy")
    except (ValueError, OverflowError) as error:
        return f"the row can't be read: {error}"
    return dict(values)
