"""ExactIndex: the K most similar rows of one shard, exactly, under a filter."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from catalog.index.choice import row_matrix
from catalog.index.columns import ProductColumns
from catalog.index.matrix import RowMatrix, Wanted
from catalog.index.rescore import exact_top
from catalog.index.rows import SortedRows
from catalog.norms import MAX_NORM, MIN_NORM, norms_of
from lookalike.products import Product
from lookalike.search import FEATURE_DIM, Features, ProductFilter, ShardHit, ShardHits, ShardQuery

_BLOCK_ROWS = 8192


class ExactIndex:
    """One shard's rows, in memory, searched exactly: the ids are those of a float64 brute force.

    Not changed by searching, so any number of threads may search at once.
    """

    def __init__(self, matrix: RowMatrix, rows: SortedRows, catalog_version: int) -> None:
        """Take rows that are sorted and checked already; `build` and `sorted` are the ways here."""
        self._matrix = matrix
        self._rows = rows
        self.catalog_version = catalog_version

    @classmethod
    def build(
        cls,
        features: npt.NDArray[np.float16],
        products: Sequence[Product],
        catalog_version: int,
    ) -> ExactIndex:
        """Sort and check the rows and copy them where they are searched.

        `features` (N, 512) float16, L2-normalised, one row a product; N may be 0.

        Raises:
            ValueError: wrong shape or dtype, a row that is not finite or not of length 1, two
                products with one id, or another number of products than of rows.
        """
        check_features(features, len(products))
        rows = SortedRows(ProductColumns.of(products))
        matrix = row_matrix(len(features))
        for first in range(0, len(features), _BLOCK_ROWS):
            matrix.write(first, features[rows.order[first : first + _BLOCK_ROWS]])
        return cls(matrix, rows, catalog_version)

    @classmethod
    def sorted(
        cls, matrix: RowMatrix, products: ProductColumns, catalog_version: int
    ) -> ExactIndex:
        """Sort rows that are checked already and lie in the order of `products`, in place."""
        rows = SortedRows(products)
        matrix.sort(rows.order)
        return cls(matrix, rows, catalog_version)

    def __len__(self) -> int:
        return len(self._matrix)

    def product(self, product_id: str) -> Product | None:
        """The product of that id, None where this shard does not hold it."""
        row = self._rows.row_of(product_id)
        return None if row is None else self._rows.product(row)

    def row_of(self, product_id: str) -> int | None:
        """The row of that id, the place of its entry in `hidden`; None where it is not held."""
        return self._rows.row_of(product_id)

    def features_of(self, product_id: str) -> Features | None:
        """(512,) float32: the product's row, None where this shard does not hold it."""
        row = self._rows.row_of(product_id)
        return None if row is None else self.entry(row)[1]

    def entry(self, row: int) -> tuple[Product, Features]:
        """The product of a row, by `row_of`, and its features, (512,) float32."""
        features = self._matrix.take(np.array([row]))[0].astype(np.float32)
        return self._rows.product(row), features

    def rows(self, chosen: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.float16], list[Product]]:
        """The rows of a (rows,) bool mask in their order: (M, 512) features and M products."""
        places = np.flatnonzero(chosen)
        return self._matrix.take(places), [self._rows.product(row) for row in places.tolist()]

    def search(self, query: ShardQuery, hidden: npt.NDArray[np.bool_] | None = None) -> ShardHits:
        """The `query.k` most similar products that its filter lets through, fewer if there are.

        `hidden` as in `search_batch`.

        Raises:
            ValueError: k below 1, or features that are not (512,), finite and of length 1.
        """
        return self.search_batch([query], hidden)[0]

    def search_batch(
        self, queries: Sequence[ShardQuery], hidden: npt.NDArray[np.bool_] | None = None
    ) -> list[ShardHits]:
        """One answer a query, in order; queries that differ in `exclude` at most share a scan.

        `hidden` (rows,) bool: rows, by `row_of`, that are searched as if they were not there
        (deleted, or held newer elsewhere); None hides none. It is only read.

        Raises:
            ValueError: as `search`, for any of the queries; `hidden` of another shape or dtype.
        """
        if hidden is not None and (hidden.shape != (len(self),) or hidden.dtype != np.bool_):
            raise ValueError(f"hidden must be ({len(self)},) bool, one entry a row")
        for query in queries:
            _check_query(query)
        together: dict[ProductFilter, list[int]] = {}
        for i, query in enumerate(queries):
            where = dataclasses.replace(query.where, exclude=frozenset())
            together.setdefault(where, []).append(i)
        answers: dict[int, ShardHits] = {}
        for where, places in together.items():
            group = [queries[i] for i in places]
            answers.update(zip(places, self._search_same_filter(where, group, hidden), strict=True))
        return [answers[i] for i in range(len(queries))]

    def _search_same_filter(
        self,
        where: ProductFilter,
        queries: Sequence[ShardQuery],
        hidden: npt.NDArray[np.bool_] | None,
    ) -> list[ShardHits]:
        selection = self._rows.select(where, hidden)
        wanted = [
            Wanted(query.features, query.k, self._rows.excluded_rows(query.where))
            for query in queries
        ]
        candidates = self._matrix.candidates(selection, wanted)
        return [self._hits(query, rows) for query, rows in zip(queries, candidates, strict=True)]

    def _hits(self, query: ShardQuery, candidates: npt.NDArray[np.int64]) -> ShardHits:
        rows, similarities = exact_top(self._matrix.take, candidates, query.features, query.k)
        if len(rows) > query.k:  # products are made for those alone that may be answered
            kth_best = np.partition(similarities, -query.k)[-query.k]
            best = similarities >= kth_best
            rows, similarities = rows[best], similarities[best]
        ids = [self._rows.id(row) for row in rows.tolist()]
        ranked = sorted(zip((-similarities).tolist(), ids, rows.tolist(), strict=True))
        hits = [
            ShardHit(-negated, self._rows.product(row)) for negated, _, row in ranked[: query.k]
        ]
        return ShardHits(tuple(hits), self.catalog_version)


def check_features(features: npt.NDArray[np.float16], rows: int) -> None:
    """Raises: ValueError where they are not `rows` rows of 512 float16, each of length 1."""
    if features.dtype != np.float16 or features.shape != (rows, FEATURE_DIM):
        raise ValueError(
            f"features must be ({rows}, {FEATURE_DIM}) float16, one row a product; "
            f"they are {features.shape} {features.dtype}"
        )
    for first in range(0, rows, _BLOCK_ROWS):
        norms = norms_of(features[first : first + _BLOCK_ROWS])
        bad = ~((norms >= MIN_NORM) & (norms <= MAX_NORM))
        if bad.any():
            row = int(bad.argmax())
            raise ValueError(f"features row {first + row} is not of length 1 but {norms[row]:.4g}")


def _check_query(query: ShardQuery) -> None:
    if query.k < 1:
        raise ValueError(f"k must be at least 1, it is {query.k}")
    features = query.features
    if features.shape != (FEATURE_DIM,) or features.dtype != np.float32:
        raise ValueError(f"query features must be ({FEATURE_DIM},) float32")
    norm = float(np.linalg.norm(features.astype(np.float64)))
    if not MIN_NORM <= norm <= MAX_NORM:
        raise ValueError(f"query features must be of length 1, they are of length {norm:.4g}")
