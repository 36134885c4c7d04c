"""A shard's rows in (category, currency, price) order, and which of them a filter selects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

from catalog.index.columns import ProductColumns
from lookalike.contract.money import from_minor, to_minor
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.search import ProductFilter

_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that a filter selects: those of `slices` that `keep` does not leave out.

    `slices` are [start, stop) in rising order, not empty, not touching. `keep` is (rows,) bool
    over the slices laid end to end; None where every row of the slices is selected.
    """

    slices: tuple[tuple[int, int], ...]
    keep: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows [start, stop) share one category and one currency; their prices rise."""

    category: Category
    currency: str
    start: int
    stop: int


class SortedRows:
    """The products of a shard, sorted so that a filter by category and price is a few slices."""

    def __init__(self, products: ProductColumns) -> None:
        """Sort `products`; row i is the product at place `order[i]` of them."""
        self.products = products
        self.order = products.sorted_places()
        self._row_of_place = np.empty(len(products), np.int32)
        self._row_of_place[self.order] = np.arange(len(products), dtype=np.int32)
        self._prices = products.prices_minor[self.order]
        self._brands = products.brand_codes[self.order]
        self._codes_of_brand: dict[str, list[int]] = {}
        for brand, code in products.brands.items():
            self._codes_of_brand.setdefault(brand_key(brand), []).append(code)
        self._groups = tuple(self._find_groups())

    def product(self, row: int) -> Product:
        """The product of a row."""
        return self.products[int(self.order[row])]

    def id(self, row: int) -> str:
        """The id of a row's product."""
        return self.products.id(int(self.order[row]))

    def row_of(self, product_id: str) -> int | None:
        """The row of the product with that id, None where there is none."""
        place = self.products.place_of(product_id)
        return None if place is None else int(self._row_of_place[place])

    def select(
        self, where: ProductFilter, hidden: npt.NDArray[np.bool_] | None = None
    ) -> Selection:
        """The rows that `where` lets through, its `exclude` left aside (see `excluded_rows`).

        `hidden` (rows,) bool: rows that no filter lets through, None for none.

        Raises:
            ValueError: a price bound is NaN.
        """
        slices: list[tuple[int, int]] = []
        for group in self._groups:
            if where.categories and group.category not in where.categories:
                continue
            if where.currency and group.currency != where.currency:
                continue
            start, stop = self._price_slice(group, where)
            if start >= stop:
                continue
            if slices and slices[-1][1] == start:
                start = slices.pop()[0]
            slices.append((start, stop))
        keep = self._of_brands(slices, where.brands)
        if hidden is not None and slices:
            shown = ~np.concatenate([hidden[a:b] for a, b in slices])
            keep = shown if keep is None else keep & shown
        return Selection(tuple(slices), keep)

    def excluded_rows(self, where: ProductFilter) -> list[int]:
        """The rows of the products that `where.exclude` names, as far as they are here."""
        rows = (self.row_of(product_id) for product_id in where.exclude)
        return sorted(row for row in rows if row is not None)

    def _find_groups(self) -> Iterator[_Group]:
        categories = self.products.category_codes[self.order]
        currencies = self.products.currency_codes[self.order]
        changes = np.flatnonzero(np.diff(categories) | np.diff(currencies)) + 1
        bounds = [0, *changes.tolist(), len(self.order)]
        for start, stop in pairwise(bounds):
            if start < stop:
                yield _Group(
                    self.products.categories[categories[start]],
                    self.products.currencies[currencies[start]],
                    start,
                    stop,
                )

    def _price_slice(self, group: _Group, where: ProductFilter) -> tuple[int, int]:
        prices = self._prices[group.start : group.stop]
        start, stop = 0, len(prices)
        if where.min_price is not None:
            lowest = ceil_minor(where.min_price, group.currency)
            start = (
                int(np.searchsorted(prices, lowest, side="left")) if lowest is not None else stop
            )
        if where.max_price is not None:
            highest = floor_minor(where.max_price, group.currency)
            stop = int(np.searchsorted(prices, highest, side="right")) if highest is not None else 0
            start = max(start, int(np.searchsorted(prices, 1)))  # 0 is no price
        return group.start + start, group.start + stop

    def _of_brands(
        self, slices: list[tuple[int, int]], brands: frozenset[str] | None
    ) -> npt.NDArray[np.bool_] | None:
        if not brands or not slices:
            return None
        wanted = np.zeros(len(self.products.brands), np.bool_)
        for key in {brand_key(brand) for brand in brands}:
            wanted[self._codes_of_brand.get(key, [])] = True
        if wanted.all():
            return None
        # "clip" never clips here: it spares the check of bounds, half of the time
        return np.concatenate([wanted.take(self._brands[a:b], mode="clip") for a, b in slices])


def brand_key(brand: str) -> str:
    """What a brand is compared by: spellings that differ in case or form of letters are one."""
    # Normalised again: casefold takes some composed letters apart, such as those of "ΐ".
    return normalize("NFKC", normalize("NFKC", brand).casefold()).strip()


def ceil_minor(amount: Decimal, currency: str) -> np.int64 | None:
    """The least price in minor units that is at least `amount`; None where no price can be.

    Raises:
        ValueError: `amount` is NaN.
    """
    return _bound(amount, currency, up=True)


def floor_minor(amount: Decimal, currency: str) -> np.int64 | None:
    """The greatest price in minor units that is at most `amount`; None where no price can be.

    Raises:
        ValueError: `amount` is NaN.
    """
    return _bound(amount, currency, up=False)


def _bound(amount: Decimal, currency: str, *, up: bool) -> np.int64 | None:
    if amount.is_nan():
        raise ValueError("a price bound is not a number")
    if abs(amount) > _INT64_MAX:  # beyond any price, infinities too
        unreachable = (amount > 0) == up
        return None if unreachable else np.int64(-_INT64_MAX if up else _INT64_MAX)
    minor = to_minor(amount, currency)  # to the nearest; the comparisons below are exact
    if up and from_minor(minor, currency) < amount:
        minor += 1
    if not up and from_minor(minor, currency) > amount:
        minor -= 1
    return np.int64(min(max(minor, -_INT64_MAX), _INT64_MAX))
