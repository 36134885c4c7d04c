"""Answers that follow from one that is there: no photo is sent anew for them.

`sort=price` is documented as the same K products in another order, and a smaller K as a part of
a larger one's answer. Every other filter changes which products are found, and the service keeps
nothing of a photo between requests: then it has to be sent again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.search.filters import Filters
from tui.search.question import Answer, Question

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit, Sort


def narrowed(asked: Question, answer: Answer, wanted: Question) -> Answer | None:
    """What the service would answer to `wanted`, where `answer` to `asked` tells; else None."""
    before, after = asked.filters, wanted.filters
    if replace(wanted, filters=before) != asked or not _reorderable(before, after):
        return None
    complete = len(answer.hits) < before.k
    if after.k > before.k and not complete:
        return None
    nearest = sorted(answer.hits, key=lambda hit: (-hit.similarity, hit.product.id))[: after.k]
    ordered = _ordered(nearest, after.sort)
    hits = [hit.model_copy(update={"rank": rank}) for rank, hit in enumerate(ordered, start=1)]
    return answer.model_copy(update={"hits": hits})


def _reorderable(before: Filters, after: Filters) -> bool:
    same_products = replace(after, sort=before.sort, k=before.k) == before
    return same_products and "value" not in (before.sort, after.sort)


def _ordered(nearest: Sequence[Hit], sort: Sort) -> list[Hit]:
    """As the service orders them. Source: `lookalike.ranking`, whose module loads NumPy."""
    if sort != "price":
        return list(nearest)
    currencies = list(dict.fromkeys(hit.product.currency for hit in nearest))

    def order(hit: Hit) -> tuple[int, float, float, str]:
        product = hit.product
        price = float(product.price)
        return currencies.index(product.currency), price, -hit.similarity, product.id

    return sorted(nearest, key=order)
