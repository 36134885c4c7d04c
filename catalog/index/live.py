"""LiveIndex: one shard's rows, searched exactly while products come, change and go.

The rows lie in parts, each an ExactIndex that never changes, with a mask of the rows that are
hidden because they were deleted or lie newer in a later part. What a search needs is one tuple
of parts, put in place of the former one at once: no search waits for a change, and each sees one
state of the catalogue. Small parts are joined as they come, large ones by `compact`, elsewhere.

A part is joined with all after it once these hold an eighth of its rows, or a tenth of its own
rows are hidden. So sizes fall by the factor of eight: a handful of parts for any number of rows,
and a row is copied a few times, however many come after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
import numpy.typing as npt

from catalog.index.exact import ExactIndex
from catalog.records import ShardChanges
from lookalike.merge import merge_hits
from lookalike.ports import IndexedProduct
from lookalike.products import Product
from lookalike.search import ShardHits, ShardQuery

_SMALL_ROWS: Final = 1024
"""Parts up to here are joined as changes come: some milliseconds."""
_SIZE_RATIO: Final = 8
_HIDDEN_SHARE: Final = 0.1

_Rows = tuple[npt.NDArray[np.float16], list[Product]]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some rows; `hidden` (rows,) bool, of which `hidden_rows` are set."""

    index: ExactIndex
    hidden: npt.NDArray[np.bool_]
    hidden_rows: int = 0

    @property
    def live_rows(self) -> int:
        return len(self.index) - self.hidden_rows

    def row_of(self, product_id: str) -> int | None:
        row = self.index.row_of(product_id)
        return None if row is None or self.hidden[row] else row

    def without(self, product_ids: Iterable[str]) -> _Part:
        rows = [row for i in product_ids if (row := self.row_of(i)) is not None]
        if not rows:
            return self
        hidden = self.hidden.copy()
        hidden[rows] = True
        return _Part(self.index, hidden, self.hidden_rows + len(rows))

    def rows(self) -> _Rows:
        return self.index.rows(~self.hidden)


@dataclass(frozen=True, slots=True)
class _State:
    """An id lives in one part at most."""

    parts: tuple[_Part, ...]
    catalog_version: int


class LiveIndex:
    """One shard's rows as of a change number; any number of threads may search and change it."""

    def __init__(self, base: ExactIndex) -> None:
        """Start from the rows of `base`, at its version."""
        self._state = _State((_part(base),), base.catalog_version)
        self._changing = Lock()
        self._sealed_parts = 0

    def __len__(self) -> int:
        return sum(part.live_rows for part in self._state.parts)

    @property
    def catalog_version(self) -> int:
        """The change number that searches see."""
        return self._state.catalog_version

    @property
    def parts(self) -> int:
        """How many parts a search reads."""
        return len(self._state.parts)

    def product(self, product_id: str) -> IndexedProduct | None:
        """A product with its features, None where this shard does not hold it."""
        for part in reversed(self._state.parts):
            row = part.row_of(product_id)
            if row is not None:
                return IndexedProduct(*part.index.entry(row))
        return None

    def search(self, query: ShardQuery) -> ShardHits:
        """The `query.k` most similar products of one state. Raises: as `ExactIndex.search`."""
        return self.search_batch([query])[0]

    def search_batch(self, queries: Sequence[ShardQuery]) -> list[ShardHits]:
        """One answer a query, all of one state. Raises: as `ExactIndex.search`."""
        state = self._state
        by_part = [
            part.index.search_batch(queries, part.hidden if part.hidden_rows else None)
            for part in state.parts
        ]
        return [
            ShardHits(tuple(merge_hits(answers, query.k)), state.catalog_version)
            for query, *answers in zip(queries, *by_part, strict=True)
        ]

    def apply(self, changes: ShardChanges) -> None:
        """Take over changes; the next search sees all of them.

        What a row says already stays where it is: of features the log does not say of which
        model they are, so while a new model is filled every product comes as it was.

        Raises:
            ValueError: features that are not finite and of length 1; then nothing is changed.
        """
        with self._changing:
            fresh = [
                row
                for row, product in enumerate(changes.products)
                if not self._holds(product, changes.features[row])
            ]
            products = [changes.products[row] for row in fresh]
            changed = changes.gone.union(product.id for product in products)
            parts = [part.without(changed) for part in self._state.parts]
            if products:
                rows: list[_Rows] = [(changes.features[fresh], products)]
                while self._may_be_joined(parts, len(products)):
                    rows.insert(0, parts.pop().rows())
                parts.append(_joined(rows, changes.catalog_version))
            self._state = _State(tuple(parts), changes.catalog_version)

    def replace(self, base: ExactIndex) -> None:
        """Forget all rows and go on from those of `base`, at its version."""
        with self._changing:
            self._state = _State((_part(base),), base.catalog_version)

    @property
    def needs_compaction(self) -> bool:
        """Whether `compact` would do something now."""
        return _first_to_join(self._state.parts) is not None

    def compact(self) -> bool:
        """Join parts that have grown too many; False where there is nothing to do.

        Works on the calling thread while others search and change the rows. Needs memory for the
        joined rows twice more while it works: once laid end to end, once sorted.
        """
        finish = self.begin_compaction()
        if finish is None:
            return False
        finish()
        return True

    def begin_compaction(self) -> Callable[[], None] | None:
        """`compact` in two steps: what is returned does the work, from the rows as they are now.

        None where there is nothing to do, or another compaction is under way.
        """
        with self._changing:
            parts = self._state.parts
            first = _first_to_join(parts)
            if first is None or self._sealed_parts:
                return None
            self._sealed_parts = len(parts)
        return lambda: self._compact(first, parts[first:])

    def _compact(self, first: int, old: tuple[_Part, ...]) -> None:
        last = first + len(old)
        try:
            joined = _joined([part.rows() for part in old], self._state.catalog_version)
            with self._changing:
                state = self._state
                now = state.parts[first:last]
                if [part.index for part in now] == [part.index for part in old]:  # not replaced
                    joined = joined.without(_hidden_since(old, now))
                    parts = (*state.parts[:first], joined, *state.parts[last:])
                    self._state = _State(parts, state.catalog_version)
        finally:
            self._sealed_parts = 0

    def _holds(self, product: Product, features: npt.NDArray[np.float16]) -> bool:
        held = self.product(product.id)
        return (
            held is not None and held.product == product and np.array_equal(held.features, features)
        )

    def _may_be_joined(self, parts: Sequence[_Part], new_rows: int) -> bool:
        """Whether the last part is small, neither the base nor under compaction."""
        return (
            len(parts) > max(1, self._sealed_parts)
            and parts[-1].live_rows + new_rows <= _SMALL_ROWS
        )


def _part(index: ExactIndex) -> _Part:
    return _Part(index, np.zeros(len(index), np.bool_))


def _joined(rows: Sequence[_Rows], catalog_version: int) -> _Part:
    features = np.concatenate([features for features, _ in rows])
    products = [product for _, part in rows for product in part]
    return _part(ExactIndex.build(features, products, catalog_version))


def _first_to_join(parts: Sequence[_Part]) -> int | None:
    """The first part that is to be joined with all after it; None where all is well."""
    first, rows_after = None, 0
    for place in reversed(range(len(parts))):
        part = parts[place]
        crowded = place + 1 < len(parts) and rows_after * _SIZE_RATIO >= part.live_rows
        if crowded or part.hidden_rows > _HIDDEN_SHARE * len(part.index):
            first = place
        rows_after += part.live_rows
    return first


def _hidden_since(before: Sequence[_Part], after: Sequence[_Part]) -> list[str]:
    """The ids whose rows were hidden in between; the parts are the same ones."""
    return [
        product.id
        for old, new in zip(before, after, strict=True)
        if new.hidden_rows > old.hidden_rows
        for product in new.index.rows(new.hidden & ~old.hidden)[1]
    ]
