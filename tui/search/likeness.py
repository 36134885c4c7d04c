"""How alike a product is, what it costs and what it saves, as a shopper says it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from lookalike import percents
from lookalike.contract import money
from lookalike.contract.availability import is_sold_out
from tui.search.history import Search
from tui.search.question import PhotoQuestion
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import Hit, ProductReply

EQUAL_MATCH: Final = 0.8
"""From this probability on a product counts as the same look, as in the service's verdict."""
SIMILAR_MATCH: Final = 0.4
"""From this one on as a similar one."""

_BAR_PARTS: Final = " ▏▎▍▌▋▊▉█"


def in_words(match: float) -> str:
    """A match probability as a word or two."""
    if match >= EQUAL_MATCH:
        return say("same look")
    if match >= SIMILAR_MATCH:
        return say("similar")
    return say("a bit alike") if match >= 0.1 else say("not close")


def certainty(match: float) -> str:
    """A match probability in whole percents, which reach a word's bound as the match does."""
    return f"{percents.reached(match)}%"


def bar(share: float, cells: int) -> str:
    """0 to 1 as a bar of so many cells, in eighths of a cell; below 0 it is empty."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_BAR_PARTS[rest] if rest else "")).ljust(cells)


def price(product: ProductReply) -> str:
    """A price with its currency, in the currency's own number of decimals; 0 is no price."""
    if not product.price:
        return say("no price")
    return f"{product.price:,.{money.exponent(product.currency)}f} {product.currency}"


def sold_out(product: ProductReply) -> str:
    """That a product is sold out, where it is."""
    return say("sold out") if is_sold_out(product.attributes) else ""


def amount_saved(hit: Hit, search: Search) -> str:
    """What a hit saves as "10.00 (33%)", "10.00" or "33%", or nothing."""
    saved = saving(hit, search)
    if saved is None:
        return ""
    amount, part = saved
    percent = f"{percents.nearest(part)}%" if percents.nearest(part) else ""
    if amount is None:
        return percent
    told = f"{amount:,.{money.exponent(hit.product.currency)}f}"
    return f"{told} ({percent})" if percent else told


def saving(hit: Hit, search: Search) -> tuple[Decimal | None, float] | None:
    """What a hit of an answer saves: the amount where it is known, and the part of the reference.

    The reference is the price of the product that was asked about, or what the shopper says that
    the look of a photo costs. Else it is the service's, where the hits are ordered by what they
    save (the amount isn't known then), or the dearest equal look among them. None where the hit is
    not similar, not cheaper or without a price (0), or the reference is in another currency.
    """
    own = hit.product
    if hit.match < SIMILAR_MATCH or not own.price:
        return None
    by_service = isinstance(search.question, PhotoQuestion) and hit.value is not None
    if by_service and search.question.filters.reference_price is None:
        return (None, hit.saving) if hit.saving is not None and hit.saving > 0 else None
    reference = _reference(hit, search)
    if reference is None or own.price >= reference:
        return None
    return reference - own.price, float((reference - own.price) / reference)


def _reference(hit: Hit, search: Search) -> Decimal | None:
    """What a hit's price is compared with; None where nothing is in its currency."""
    from lookalike.contract.schemas import SimilarReply

    answer, told = search.answer, search.question.filters.reference_price
    if isinstance(answer, SimilarReply):
        compared = [answer.product]
    elif told is not None:
        return told if _as_the_look(hit, answer.hits) else None
    else:
        compared = [other.product for other in answer.hits if other.match >= EQUAL_MATCH]
    currency = hit.product.currency
    return max((each.price for each in compared if each.currency == currency), default=None)


def _as_the_look(hit: Hit, hits: Sequence[Hit]) -> bool:
    """Whether a hit has its price in the look's currency: the most similar priced product's.

    By value that product may be none of the hits, but the service compares in its currency alone.
    In every other order it is, or one in its currency, the first hit with a price.
    Source: `lookalike.ranking`, whose module loads NumPy.
    """
    if hit.value is not None:
        return hit.saving is not None
    first = next((other.product for other in hits if other.product.price), hit.product)
    return hit.product.currency == first.currency
