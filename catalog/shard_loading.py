"""Reading a shard from the store straight into the form in which it is searched.

One pass over the shard's rows, in whatever order the database has them: each vector goes into its
place in the matrix, each field to the end of its column. Then the rows are sorted where they lie.
So the peak is the shard itself and a batch; not one `Product` is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Connection, Text, cast, func

from catalog.change_log import last_entry, select_shard
from catalog.index.choice import row_matrix
from catalog.index.columns import ColumnBatch, ProductColumns
from catalog.index.exact import ExactIndex, check_features
from catalog.index.matrix import RowMatrix
from catalog.records import PRODUCT_COLUMNS, Change
from catalog.tables import features, products
from lookalike.search import FEATURE_DIM

_BATCH_ROWS: Final = 1000
_VECTOR_DTYPE: Final = np.dtype("<f2")


@dataclass(frozen=True, slots=True)
class LoadedShard:
    """A shard as of the log's entry `last`, None before the first; not sorted yet.

    Row i of `matrix` belongs to `products[i]`.
    """

    matrix: RowMatrix
    products: ProductColumns
    last: Change | None

    @property
    def catalog_version(self) -> int:
        """The last change's number, 0 before the first."""
        return 0 if self.last is None else self.last.seq

    def index(self) -> ExactIndex:
        """The index of these rows; takes them over, once."""
        return ExactIndex.sorted(self.matrix, self.products, self.catalog_version)


def read_shard(connection: Connection, shard: int, shards: int, model_version: str) -> LoadedShard:
    """All products of one shard that have features, in a transaction that sees one state.

    Raises:
        ValueError: a vector in the store is not of length 1.
    """
    counted = select_shard(shard, shards, model_version, func.count())
    matrix = row_matrix(connection.execute(counted).scalar_one())
    batches = _batches(connection, shard, shards, model_version, matrix)
    return LoadedShard(matrix, ProductColumns(batches), last_entry(connection))


def _batches(
    connection: Connection, shard: int, shards: int, model_version: str, matrix: RowMatrix
) -> Iterator[ColumnBatch]:
    """The columns, batch by batch, while the vectors go into `matrix`."""
    *plain, attributes = PRODUCT_COLUMNS
    text = cast(attributes, Text)  # as it lies in the store, not decoded
    query = select_shard(
        shard, shards, model_version, *plain, text, products.c.shard_hash, features.c.vector
    )
    first = 0
    with connection.execution_options(yield_per=_BATCH_ROWS).execute(query) as rows:
        for batch in rows.partitions():
            *columns, vectors = zip(*batch, strict=True)
            block = np.frombuffer(b"".join(vectors), _VECTOR_DTYPE).reshape(-1, FEATURE_DIM)
            check_features(block, len(batch))
            matrix.write(first, block)
            first += len(batch)
            yield columns
