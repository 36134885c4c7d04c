"""Answers that follow from one that is there: no photo is sent anew for them.

`sort=price` is documented as the same K products in another order, and a smaller K as a part of
a larger one's answer. What the look costs counts for `sort=value` alone. Every other filter changes
which products are found, and the service keeps nothing of a photo between requests: then it has to
be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from tui.search.filters import Filters
from tui.search.question import Answer, Question

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit


def narrowed(asked: Question, answer: Answer, wanted: Question) -> Answer | None:
    """What the service would answer to `wanted`, where `answer` to `asked` tells; else None."""
    before, after = asked.filters, wanted.filters
    if replace(wanted, filters=before) != asked or not _reorderable(before, after):
        return None
    complete = len(answer.hits) < before.k
    if after.k > before.k and not complete:
        return None
    told = _by_price if before.sort == "price" else _by_similarity
    ordered = told(answer.hits, after)
    if ordered is None or _best_match(ordered) != _best_match(answer.hits):
        return None  # the verdict is that of the best match, which may be beyond a smaller K
    hits = [hit.model_copy(update={"rank": rank}) for rank, hit in enumerate(ordered, start=1)]
    return answer.model_copy(update={"hits": hits})


def _best_match(hits: Sequence[Hit]) -> float:
    return max((hit.match for hit in hits), default=0.0)


def _reorderable(before: Filters, after: Filters) -> bool:
    told = replace(after, sort=before.sort, k=before.k, reference_price=before.reference_price)
    return told == before and "value" not in (before.sort, after.sort)


def _by_similarity(known: Sequence[Hit], after: Filters) -> list[Hit]:
    """Of hits by similarity those that are wanted, as the service orders them.

    Source: `lookalike.ranking`, whose module loads NumPy.
    """
    nearest = list(known[: after.k])
    if after.sort != "price":
        return nearest
    currencies = list(dict.fromkeys(h.product.currency for h in nearest if h.product.price))

    def order(hit: Hit) -> tuple[int, Decimal]:
        product = hit.product
        known = currencies.index(product.currency) if product.price else len(currencies)
        return known, product.price

    # Equal prices stay as they are: the more similar one comes first.
    return sorted(nearest, key=order)


def _by_price(known: Sequence[Hit], after: Filters) -> list[Hit] | None:
    """The same of hits by price; None where similarities, rounded as they are, leave it open."""
    nearest = sorted(known, key=lambda hit: -hit.similarity)
    alike = [one.similarity == other.similarity for one, other in pairwise(nearest)]
    if after.sort == "price":
        if any(alike[after.k - 1 : after.k]):  # the last one in, the first one out
            return None
        ids = {hit.product.id for hit in nearest[: after.k]}
        return [hit for hit in known if hit.product.id in ids]
    return None if any(alike[: after.k]) else nearest[: after.k]
