"""The layout of the H&M data set: articles, their pictures, and prices out of millions of sales.

Source: H&M Personalized Fashion Recommendations (Kaggle, 2022): `articles.csv`,
`transactions_train.csv`, `images/010/0108775015.jpg`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow_csv

from catalog.importers.price import ComputedPrice
from catalog.importers.rows import ColumnPlan, RawRow, TableError, TableSource
from catalog.importers.table_files import open_table

PRICE_FACTOR: Final = 590.0
"""Published prices are scaled: times this, the usual ones become x.99. Our own observation."""

_BRAND: Final = "H&M"
_ID_DIGITS: Final = 10
_BLOCK_BYTES: Final = 1 << 21
_FOLD_ROWS: Final = 1_000_000
"""Partial sums are added up when there are more."""

_ATTRIBUTES: Final = {
    "colour": "colour_group_name",
    "pattern": "graphical_appearance_name",
    "section": "index_group_name",
    "type": "product_type_name",
}
"""What is kept as an attribute, and the column of `articles.csv` that holds it."""

_COLUMNS: Final = ColumnPlan(
    columns={
        "id": ("article_id",),
        "title": ("prod_name",),
        "category": ("product_type_name",),
    },
    others=tuple(_ATTRIBUTES.values()),
    needed=("id", "title", "category"),
)

OnBytes = Callable[[int], None]
"""Called with the bytes of the sales that are behind."""


@dataclass(frozen=True, slots=True)
class ArticlePrices:
    """Mean price of each article that was sold, in the data set's own scale.

    `ids` (N,) int64 rises; `means` (N,) float64; `sales` counts the rows that were read.
    """

    ids: npt.NDArray[np.int64]
    means: npt.NDArray[np.float64]
    sales: int

    def mean(self, article_id: int) -> float | None:
        """The article's mean price, None where it was never sold."""
        place = int(np.searchsorted(self.ids, article_id))
        sold = place < len(self.ids) and self.ids[place] == article_id
        return float(self.means[place]) if sold else None


def mean_prices(transactions: Path, on_bytes: OnBytes | None = None) -> ArticlePrices:
    """Mean price of each article over all sales, read as a stream: memory is a few blocks.

    Raises:
        TableError: it can't be read, or lacks `article_id` or `price`.
    """
    sums = _Sums()
    try:
        with pa.OSFile(str(transactions)) as file:
            for batch in _sales(file):
                sums.add(batch)
                if on_bytes is not None:
                    on_bytes(file.tell())
    except (pa.ArrowException, OSError) as error:
        raise TableError(f"{transactions} can't be read: {error}") from None
    return sums.prices()


def open_hm(folder: Path, prices: ArticlePrices, price_factor: float) -> TableSource:
    """The articles of the data set as rows; prices times `price_factor` in major units.

    Raises:
        TableError: `articles.csv` can't be read or lacks a column.
    """
    articles = open_table(folder / "articles.csv", _COLUMNS)

    def rows() -> Iterator[RawRow]:
        for row in articles.rows():
            yield row if row.problem else _article(row, prices, price_factor)

    return TableSource(articles.path, articles.size, articles.header, rows)


def _sales(file: pa.NativeFile) -> Iterator[pa.RecordBatch]:
    return iter(
        arrow_csv.open_csv(
            file,
            read_options=arrow_csv.ReadOptions(block_size=_BLOCK_BYTES),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=["article_id", "price"],
                column_types={"article_id": pa.int64(), "price": pa.float64()},
            ),
        )
    )


class _Sums:
    """Sums of prices and counts of sales by article; as large as there are articles."""

    def __init__(self) -> None:
        self._parts: list[pa.Table] = []
        self._rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Count a batch of (article_id, price) in."""
        sales = pa.Table.from_batches([batch]).group_by("article_id")
        self._append(sales.aggregate([("price", "sum"), ("price", "count")]))
        if self._rows > _FOLD_ROWS:
            self._fold()

    def prices(self) -> ArticlePrices:
        """The means."""
        if not self._parts:
            return ArticlePrices(np.empty(0, np.int64), np.empty(0), 0)
        self._fold()
        folded = self._parts[0].sort_by("article_id")
        ids, sums, counts = (column.to_numpy() for column in folded.columns)
        with np.errstate(invalid="ignore"):  # sales without a price
            return ArticlePrices(ids, sums / counts, int(counts.sum()))

    def _fold(self) -> None:
        by_article = pa.concat_tables(self._parts).group_by("article_id")
        self._parts, self._rows = [], 0
        self._append(by_article.aggregate([("sum", "sum"), ("count", "sum")]))

    def _append(self, part: pa.Table) -> None:
        self._parts.append(part.rename_columns(["article_id", "sum", "count"]))
        self._rows += len(part)


def _article(row: RawRow, prices: ArticlePrices, price_factor: float) -> RawRow:
    """A row of `articles.csv` with price, picture and attributes under the usual names."""
    article_id = str(row.fields["article_id"]).strip()
    if not (article_id.isascii() and article_id.isdigit()) or len(article_id) > _ID_DIGITS:
        problem = f"article_id {article_id[:40]!r} is no number of {_ID_DIGITS} digits"
        return RawRow(row.number, row.fields, problem, row.done)
    mean = prices.mean(int(article_id))
    if mean is None:
        problem = "the article was never sold in transactions_train.csv, so it has no price"
        return RawRow(row.number, row.fields, problem, row.done)
    article_id = article_id.zfill(_ID_DIGITS)
    fields = {
        "article_id": article_id,
        "prod_name": row.fields["prod_name"],
        "product_type_name": row.fields["product_type_name"],
        "brand": _BRAND,
        "price": ComputedPrice(mean * price_factor),
        "image_path": f"{article_id[:3]}/{article_id}.jpg",
        "attributes": {name: row.fields[column] for name, column in _ATTRIBUTES.items()},
    }
    return RawRow(row.number, fields, done=row.done)
