"""A shard's rows in (category, currency, price, id) order, and which of them a filter selects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from lookalike.contract.money import from_minor, to_minor
from lookalike.contract.taxonomy import CATEGORY_INDEX, Category
from lookalike.products import Product
from lookalike.search import ProductFilter

_INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows that a filter selects: those of `slices` whose `penalty` is 0.

    `slices` are [start, stop) in rising order, not empty, not touching. `penalty` is (rows,)
    float32 over the slices laid end to end, 0 or -inf, to be added to scores; None where every
    row of the slices is selected.
    """

    slices: tuple[tuple[int, int], ...]
    penalty: npt.NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows [start, stop) share one category and one currency; their prices rise."""

    category: Category
    currency: str
    start: int
    stop: int


class SortedRows:
    """The products of a shard, sorted so that a filter by category and price is a few slices."""

    def __init__(self, products: Sequence[Product]) -> None:
        """Sort `products`; `order` tells where each row came from.

        Raises:
            ValueError: two products share an id, or a price does not fit 64 bits.
        """
        keys = [_sort_key(product) for product in products]
        self.order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
        self.products = [products[i] for i in self.order.tolist()]
        self.row_of = {product.id: row for row, product in enumerate(self.products)}
        if len(self.row_of) < len(self.products):
            raise ValueError("two products share one id")
        if any(abs(product.price_minor) > _INT64_MAX for product in self.products):
            raise ValueError("a price does not fit 64 bits")
        self._prices = np.array([p.price_minor for p in self.products], np.int64)
        self._groups = tuple(_groups(self.products))
        self._brand_code = {b: i for i, b in enumerate(sorted({p.brand for p in self.products}))}
        self._brands = np.array([self._brand_code[p.brand] for p in self.products], np.int32)

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
        penalty = self._penalty(slices, where.brands)
        if hidden is not None and slices:
            covered = np.concatenate([hidden[a:b] for a, b in slices])
            penalty = np.zeros(len(covered), np.float32) if penalty is None else penalty
            penalty[covered] = -np.inf
        return Selection(tuple(slices), penalty)

    def excluded_rows(self, where: ProductFilter) -> list[int]:
        """The rows of the products that `where.exclude` names, as far as they are here."""
        rows = (self.row_of.get(product_id) for product_id in where.exclude)
        return sorted(row for row in rows if row is not None)

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
        return group.start + start, group.start + stop

    def _penalty(
        self, slices: list[tuple[int, int]], brands: frozenset[str] | None
    ) -> npt.NDArray[np.float32] | None:
        if not brands or not slices:
            return None
        of_brand = np.full(len(self._brand_code), -np.inf, np.float32)
        of_brand[[self._brand_code[b] for b in brands if b in self._brand_code]] = 0
        if not of_brand.any():
            return None
        # "clip" never clips here: it spares the check of bounds, half of the time
        return np.concatenate([of_brand.take(self._brands[a:b], mode="clip") for a, b in slices])


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


def _sort_key(product: Product) -> tuple[int, str, int, str]:
    return CATEGORY_INDEX[product.category], product.currency, product.price_minor, product.id


def _groups(products: Sequence[Product]) -> Iterator[_Group]:
    start = 0
    for row in range(1, len(products) + 1):
        first = products[start]
        last = row == len(products)
        if last or (products[row].category, products[row].currency) != (
            first.category,
            first.currency,
        ):
            yield _Group(first.category, first.currency, start, row)
            start = row
