"""How alike a product is, and what it saves: numbers as a shopper says them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from lookalike.contract import money
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


def bar(share: float, cells: int) -> str:
    """0 to 1 as a bar of so many cells, in eighths of a cell; below 0 it is empty."""
    eighths = round(min(max(share, 0.0), 1.0) * cells * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_BAR_PARTS[rest] if rest else "")).ljust(cells)


def price(product: ProductReply) -> str:
    """A price with its currency, in the currency's own number of decimals."""
    return f"{product.price:,.{money.exponent(product.currency)}f} {product.currency}"


def amount_saved(hit: Hit, hits: Sequence[Hit]) -> str:
    """What a hit saves as "10.00 (33%)", or nothing."""
    saved = saving(hit, hits)
    if saved is None:
        return ""
    amount, part = saved
    return f"{amount:,.{money.exponent(hit.product.currency)}f} ({part:.0%})"


def saving(hit: Hit, hits: Sequence[Hit]) -> tuple[Decimal, float] | None:
    """What a hit saves against the dearest equal look among the hits: amount, and part of it.

    None where it is that dearest one or dearer, not similar itself, or nothing in its currency
    is an equal look.
    """
    own = hit.product
    equal = [
        other.product.price
        for other in hits
        if other.match >= EQUAL_MATCH and other.product.currency == own.currency
    ]
    if hit.match < SIMILAR_MATCH or not equal or own.price >= max(equal):
        return None
    dearest = max(equal)
    return dearest - own.price, float((dearest - own.price) / dearest)
