"""Listings of one category that look the same and cost about the same, in groups."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Join, Select, and_, func, select

from catalog.store import CatalogStore
from catalog.tables import features, products
from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.search import FEATURE_DIM

_BLOCK_ROWS: Final = 1024
_FETCH_ROWS: Final = 1000
_COSINE_ERROR: Final = 1e-6
"""What float32 may lose of the cosine of two equal vectors."""
_RATIO_ERROR: Final = 1e-12
"""Relative: 100 times 1.15 is a little less than 115 in float64."""
_VECTOR_DTYPE: Final = np.dtype("<f2")

_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What counts as the same: a cosine of `similarity` and more, and of the two prices, in one
    currency, the higher at most `price_ratio` times the lower."""

    similarity: float = 0.99
    price_ratio: float = 1.1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A listing of a group; `similarity` is its cosine to the group's first."""

    id: str
    title: str
    price_minor: int
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Listings each of which is the same as another of the group, the cheapest first."""

    category: Category
    currency: str
    listings: tuple[Duplicate, ...]


def find_duplicates(
    store: CatalogStore,
    model_version: str,
    likeness: Likeness = Likeness(),
    categories: tuple[Category, ...] = CATEGORIES,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[DuplicateGroup]:
    """Groups of near-identical listings, category by category; nothing is changed.

    Every pair that could count is compared, none by approximation. Features lie in a temporary
    file meanwhile, sorted by price; memory is two blocks of 1024 rows, their products, and some
    bytes a row of one category. `on_progress` is told products done and in all.
    """
    with store.reading() as connection:
        sizes = _sizes(connection, model_version)
        total = sum(sizes.get(category, 0) for category in categories)
        done = 0
        for category in categories:
            yield from _in_category(connection, category, model_version, likeness)
            done += sizes.get(category, 0)
            if on_progress is not None:
                on_progress(done, total)


def _in_category(
    connection: Connection, category: Category, model_version: str, likeness: Likeness
) -> Iterator[DuplicateGroup]:
    with tempfile.TemporaryFile(prefix="lookalike-dedupe-") as file:
        rows = _spill(connection, category, model_version, file)
        if not rows.segments:
            return
        vectors = np.memmap(file, _VECTOR_DTYPE, "r", shape=(len(rows.prices), FEATURE_DIM))
        members: list[_Places] = []
        for start, end in rows.segments:
            members += [
                start + group
                for group in _groups(vectors[start:end], rows.prices[start:end], likeness)
            ]
        wanted = np.sort(np.concatenate(members)) if members else np.empty(0, np.int64)
        listings = _listings(connection, category, model_version, wanted)
        for group in members:
            yield _group(category, group, vectors, listings)


@dataclass(frozen=True, slots=True)
class _Rows:
    """A category's prices (N,) int64 in the order of the file; rising in each currency's part."""

    prices: _Places
    segments: list[tuple[int, int]]


def _spill(
    connection: Connection, category: Category, model_version: str, file: IO[bytes]
) -> _Rows:
    """Write a category's features to a file by currency and price."""
    prices = array("q")
    starts: dict[str, int] = {}
    query = _ordered(category, model_version, features.c.vector)
    with connection.execution_options(yield_per=_FETCH_ROWS).execute(query) as rows:
        for row in rows:
            starts.setdefault(row.currency, len(prices))
            prices.append(row.price_minor)
            file.write(row.vector)
    file.flush()
    bounds = [*starts.values(), len(prices)]
    return _Rows(np.asarray(prices, np.int64), list(pairwise(bounds)))


def _groups(vectors: npt.NDArray[np.float16], prices: _Places, likeness: Likeness) -> list[_Places]:
    """Places of the listings of each group, among rows of one currency by rising price."""
    joined = _Joined(len(prices))
    highest = prices * (likeness.price_ratio * (1 + _RATIO_ERROR))
    least_cosine = likeness.similarity - _COSINE_ERROR
    for start in range(0, len(prices), _BLOCK_ROWS):
        block = _unit(vectors[start : start + _BLOCK_ROWS])
        last = min(start + _BLOCK_ROWS, len(prices)) - 1
        end = int(np.searchsorted(prices, highest[last], side="right"))
        for other in range(start, end, _BLOCK_ROWS):
            others = slice(other, min(other + _BLOCK_ROWS, end))
            same = block @ _unit(vectors[others]).T >= least_cosine
            same &= prices[others][None, :] <= highest[start : last + 1, None]
            first, second = np.nonzero(same)
            later = second + other > first + start
            joined.join(first[later] + start, second[later] + other)
    return joined.groups()


def _unit(vectors: npt.NDArray[np.float16]) -> npt.NDArray[np.float32]:
    """(N, 512) float32 of length 1: float16 leaves them a little off."""
    rows = vectors.astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return rows


class _Joined:
    """Which of N rows belong together; each points at the first row of its group."""

    def __init__(self, count: int) -> None:
        self._first = np.arange(count)

    def join(self, ones: _Places, others: _Places) -> None:
        """Put pairs of rows together, and with them their groups."""
        while len(ones):
            a, b = self._first[ones], self._first[others]
            apart = a != b
            ones, others, a, b = ones[apart], others[apart], a[apart], b[apart]
            np.minimum.at(self._first, np.maximum(a, b), np.minimum(a, b))
            while not np.array_equal(flat := self._first[self._first], self._first):
                self._first = flat

    def groups(self) -> list[_Places]:
        """The rows of each group of two and more, rising."""
        counts = np.bincount(self._first, minlength=len(self._first))
        grouped = np.nonzero(counts[self._first] > 1)[0]
        by_group = grouped[np.argsort(self._first[grouped], kind="stable")]
        ends = np.cumsum(counts[counts > 1])
        return np.split(by_group, ends[:-1]) if len(by_group) else []


@dataclass(frozen=True, slots=True)
class _Listing:
    id: str
    title: str
    price_minor: int
    currency: str


def _listings(
    connection: Connection, category: Category, model_version: str, wanted: _Places
) -> dict[int, _Listing]:
    """What is at the wanted places of a category's order, which rise."""
    if not len(wanted):
        return {}
    found: dict[int, _Listing] = {}
    query = _ordered(category, model_version, products.c.id, products.c.title)
    places = iter(wanted.tolist())
    place = next(places, None)
    with connection.execution_options(yield_per=_FETCH_ROWS).execute(query) as rows:
        for i, row in enumerate(rows):
            if i == place:
                found[i] = _Listing(row.id, row.title, row.price_minor, row.currency)
                place = next(places, None)
    return found


def _group(
    category: Category,
    places: _Places,
    vectors: npt.NDArray[np.float16],
    listings: dict[int, _Listing],
) -> DuplicateGroup:
    rows = _unit(np.asarray(vectors[places]))
    similarities = rows @ rows[0]
    found = [listings[place] for place in places.tolist()]
    return DuplicateGroup(
        category,
        found[0].currency,
        tuple(
            Duplicate(listing.id, listing.title, listing.price_minor, min(1.0, float(similarity)))
            for listing, similarity in zip(found, similarities, strict=True)
        ),
    )


def _sizes(connection: Connection, model_version: str) -> dict[Category, int]:
    query = (
        select(products.c.category, func.count())
        .select_from(_with_features(model_version))
        .group_by(products.c.category)
    )
    return {Category(row[0]): row[1] for row in connection.execute(query)}


def _ordered(category: Category, model_version: str, *columns: Any) -> Select[Any]:
    query = select(products.c.currency, products.c.price_minor, *columns)
    return (
        query.select_from(_with_features(model_version))
        .where(products.c.category == category.value)
        .order_by(products.c.currency, products.c.price_minor, products.c.id)
    )


def _with_features(model_version: str) -> Join:
    same = and_(features.c.product_id == products.c.id, features.c.model_version == model_version)
    return products.join(features, same)
