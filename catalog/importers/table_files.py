"""A table file opened by its ending: CSV, JSON lines or Parquet."""

from __future__ import annotations

from pathlib import Path

from catalog.importers.csv_rows import open_csv
from catalog.importers.jsonl_rows import open_jsonl
from catalog.importers.rows import ColumnPlan, TableError, TableSource


def open_table(path: Path, plan: ColumnPlan, encoding: str | None = None) -> TableSource:
    """Look into a table file by its ending: .csv, .tsv, .txt, .jsonl, .ndjson or .parquet.

    `encoding` is that of a text file; None: UTF-8, or what its first bytes say.

    Raises:
        TableError: it can't be read, has an unknown ending, or lacks a needed column.
    """
    ending = path.suffix.lower()
    try:
        if ending in (".csv", ".tsv", ".txt"):
            return open_csv(path, plan, encoding)
        if ending in (".jsonl", ".ndjson"):
            return open_jsonl(path, plan, encoding)
        if ending in (".parquet", ".pq"):
            # Imported here: Arrow takes longer to load than most tables to be read.
            from catalog.importers.parquet_rows import open_parquet

            return open_parquet(path, plan)
    except OSError as error:
        raise TableError(f"{path} can't be read: {error.strerror or error}") from None
    raise TableError(f"{path} has an unknown ending; .csv, .tsv, .jsonl and .parquet are read")
