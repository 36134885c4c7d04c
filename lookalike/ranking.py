"""The order in which hits are shown: by similarity, by price, or by value.

`similarity`: the exact top-K, most similar first.

`price`: the same K products, cheapest first (ties: more similar, then id). Prices of different
currencies don't compare: the currency of the most similar hit comes first, the others after it,
each together, in the order in which they first appear by similarity. Products without a price come
last of all, the more similar first: what they cost, and in what, nobody said.

`value`: out of the exact best max(5 K, 50) the K of greatest

    value  = match * (1 + VALUE_OF_SAVING * saving)
    saving = (reference - price) / reference, clamped to [-1, 1]

`match` is the calibrated probability that the hit is the look that was asked for; `reference` is
the price of the product that was asked about, or what the asker says that the look costs, else the
median price of the candidates; the latter two in the currency of the most similar one that has a
price. A hit without a price or in another currency, or beside a reference without a price, has no
saving and counts as saving 0. Ties: more similar, cheaper, then id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from lookalike.contract import money
from lookalike.contract.schemas import Sort
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.search import ShardHit

MatchProbability = Callable[[float, Category], float]
"""(similarity, category) -> probability in [0, 1] that the two show the same look."""

VALUE_OF_SAVING: Final = 0.5
"""How much of a match a saving is worth: at half the price a match of 0.8 counts as 1.0.

A saving multiplies the match, so it can't stand in for one: factors lie in [0.5, 1.5], and a hit
whose match is below a third of another's never passes it, whatever it costs. Dearer hits lose as
cheaper ones gain, down to one half at twice the reference price or more.
"""

_CANDIDATES_PER_HIT: Final = 5
_CANDIDATES_AT_LEAST: Final = 50


@dataclass(frozen=True, slots=True)
class RankedHit:
    """One product of an answer, at `rank` 1, 2, ...; `saving` and `value` come with sort=value.

    `saving` is None too where the price has nothing to compare with.
    """

    rank: int
    similarity: float
    match: float
    product: Product
    saving: float | None = None
    value: float | None = None


def candidates_needed(sort: Sort, k: int) -> int:
    """How many of the most similar products `rank_hits` must be given to answer with `k`."""
    return max(_CANDIDATES_PER_HIT * k, _CANDIDATES_AT_LEAST) if sort == "value" else k


def rank_hits(
    hits: Sequence[ShardHit],
    sort: Sort,
    k: int,
    match_of: MatchProbability,
    reference: Product | Decimal | None = None,
) -> list[RankedHit]:
    """The best `k` of `hits` in the order of `sort` (see the module).

    `hits` are the merged best `candidates_needed(sort, k)`, by falling similarity, ties by id.
    `reference` is what savings are measured from: the product that the query started from, or of
    a photo what its look costs, in major units, None where that is not known.
    """
    hits = hits[: candidates_needed(sort, k)]
    if sort == "value":
        return _by_value(hits, k, match_of, reference)
    if sort == "price":
        priced = (hit.product for hit in hits if hit.product.has_price)
        currencies = list(dict.fromkeys(product.currency for product in priced))
        hits = sorted(hits, key=lambda hit: _price_order(hit, currencies))
    return [
        RankedHit(rank, hit.similarity, match_of(hit.similarity, hit.product.category), hit.product)
        for rank, hit in enumerate(hits, start=1)
    ]


def value_of(match: float, saving: float | None) -> float:
    """What a hit is worth: `match` in [0, 1], `saving` in [-1, 1], None counts as 0."""
    return match * (1 + VALUE_OF_SAVING * (saving or 0.0))


def _price_order(hit: ShardHit, currencies: Sequence[str]) -> tuple[int, int, float, str]:
    product = hit.product
    group = currencies.index(product.currency) if product.has_price else len(currencies)
    return group, product.price_minor, -hit.similarity, product.id


def _by_value(
    hits: Sequence[ShardHit],
    k: int,
    match_of: MatchProbability,
    reference: Product | Decimal | None,
) -> list[RankedHit]:
    reference_minor, currency = _reference_price(hits, reference)
    valued: list[tuple[tuple[float, float, bool, int, str], RankedHit]] = []
    for hit in hits:
        product = hit.product
        match = match_of(hit.similarity, product.category)
        comparable = product.has_price and product.currency == currency
        saving = _saving(product.price_minor, reference_minor) if comparable else None
        value = value_of(match, saving)
        key = (-value, -hit.similarity, not comparable, product.price_minor, product.id)
        valued.append((key, RankedHit(0, hit.similarity, match, product, saving, value)))
    valued.sort(key=lambda entry: entry[0])
    return [
        RankedHit(rank, hit.similarity, hit.match, hit.product, hit.saving, hit.value)
        for rank, (_, hit) in enumerate(valued[:k], start=1)
    ]


def _reference_price(
    hits: Sequence[ShardHit], reference: Product | Decimal | None
) -> tuple[float, str | None]:
    """The price in minor units that savings are measured from; its currency, None for no price."""
    if isinstance(reference, Product):
        return reference.price_minor, reference.currency if reference.has_price else None
    priced = [hit.product for hit in hits if hit.product.has_price]
    if not priced:
        return 0, None
    currency = priced[0].currency
    if reference is not None:
        return float(reference.scaleb(money.exponent(currency))), currency
    return median(p.price_minor for p in priced if p.currency == currency), currency


def _saving(price_minor: int, reference_minor: float) -> float:
    return max(-1.0, min(1.0, (reference_minor - price_minor) / reference_minor))
