"""The catalogue's products as a file that `import` reads back: CSV or Parquet."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from catalog.images import ImageFolder
from catalog.records import PRODUCT_COLUMNS, product_from_row
from catalog.store import CatalogStore
from catalog.tables import products
from lookalike.contract import money
from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import Category
from lookalike.products import Product

COLUMNS: Final = (
    "id",
    "title",
    "brand",
    "category",
    "price",
    "currency",
    "item_url",
    "image_path",
    "attributes",
)
"""`price` is in major units, `image_path` from the image folder, `attributes` a JSON object."""

_BATCH_ROWS: Final = 1000
_PRICE_TYPE: Final = pa.decimal128(38, 3)
_SCHEMA: Final = pa.schema([(n, _PRICE_TYPE if n == "price" else pa.string()) for n in COLUMNS])

_Row = tuple[str, str, str, str, Decimal, str, str, str, str]


class _Writer(Protocol):
    def write(self, rows: Sequence[_Row]) -> None: ...

    def close(self) -> None: ...


def export_products(
    store: CatalogStore,
    images: ImageFolder,
    path: Path,
    categories: Collection[Category] = (),
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Write products to a .csv or .parquet file by rising id; returns how many.

    All of one state of the store, only those of `categories` if any are given. The file is there
    when all is written, and not before. Memory is that of a thousand products.

    Raises:
        BadRequestError: the file's ending is neither, or its folder is not there.
        OSError: it can't be written.
    """
    open_writer = _WRITERS.get(path.suffix.lower())
    if open_writer is None:
        raise BadRequestError(f"{path} ends in neither .csv nor .parquet")
    if not path.parent.is_dir():
        raise BadRequestError(f"{path.parent} is no folder")
    part = path.with_name(f".{path.name}.part")
    done = 0
    try:
        writer = open_writer(part)
        try:
            for rows in _batches(store, images, categories):
                writer.write(rows)
                done += len(rows)
                if on_progress is not None:
                    on_progress(done)
        finally:
            writer.close()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return done


def _batches(
    store: CatalogStore, images: ImageFolder, categories: Collection[Category]
) -> Iterator[list[_Row]]:
    query = select(*PRODUCT_COLUMNS).order_by(products.c.id)
    if categories:
        query = query.where(products.c.category.in_([c.value for c in categories]))
    with (
        store.reading() as connection,
        connection.execution_options(yield_per=_BATCH_ROWS).execute(query) as found,
    ):
        rows = (_row(product_from_row(row), images) for row in found)
        while batch := list(islice(rows, _BATCH_ROWS)):
            yield batch


def _row(product: Product, images: ImageFolder) -> _Row:
    key = product.image_key
    return (
        product.id,
        product.title,
        product.brand,
        product.category.value,
        money.from_minor(product.price_minor, product.currency),
        product.currency,
        product.item_url,
        "" if key is None else images.relative_path(key).as_posix(),
        json.dumps(product.attributes, ensure_ascii=False) if product.attributes else "",
    )


class _CsvWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def write(self, rows: Sequence[_Row]) -> None:
        self._writer.writerows((*row[:4], f"{row[4]:f}", *row[5:]) for row in rows)

    def close(self) -> None:
        self._file.close()


class _ParquetWriter:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._writer = pq.ParquetWriter(self._file, _SCHEMA)

    def write(self, rows: Sequence[_Row]) -> None:
        columns = zip(*rows, strict=True)
        arrays = [
            pa.array(list(values), field.type)
            for values, field in zip(columns, _SCHEMA, strict=True)
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA))

    def close(self) -> None:
        self._writer.close()
        self._file.close()


_WRITERS: Final[dict[str, Callable[[Path], _Writer]]] = {
    ".csv": _CsvWriter,
    ".parquet": _ParquetWriter,
}
"""By a file's ending."""
