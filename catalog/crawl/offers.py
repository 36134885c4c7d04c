"""The price of a schema.org product: which of its offers counts, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from catalog.crawl.schema_org import Node, Things, plain, types_of
from catalog.importers.cells import CellError
from catalog.importers.price import currency_code, parse_price
from lookalike.contract import money

_PLAIN_NUMBER: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_UNDECIDED: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""Against schema.org's rule, many shops group thousands by a point here too: "29.900" won."""
_NOT_SOLD: Final = frozenset({"OutOfStock", "SoldOut", "Discontinued"})
_NOT_THE_PRICE: Final = frozenset({"ListPrice", "SRP", "MSRP", "StrikethroughPrice"})
_LAST: Final = Decimal("Infinity")


Rank = tuple[bool, bool, Decimal]
NO_OFFER: Final[Rank] = (True, True, _LAST)
"""The rank of what has no price at all."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A price as the page writes it, its currency, and the availability, "" for not said."""

    price: Decimal | str
    currency: str
    availability: str

    @property
    def sold(self) -> bool:
        """Whether it can be bought, as far as the page says."""
        return self.availability not in _NOT_SOLD

    @property
    def rank(self) -> Rank:
        """The lower, the rather it is the price at which its product can be had."""
        return not self.sold, *self._amount

    @property
    def _amount(self) -> tuple[bool, Decimal]:
        """Whether it is undecided, and how much it is in major units, the last of all for none.

        An undecided point stands before decimals here: among prices that are all of that form this
        changes no order, and the import reads or refuses the one that is lowest.
        """
        if isinstance(self.price, Decimal):
            return False, self.price
        try:
            stated = currency_code(self.currency) if self.currency else None
            return False, money.from_minor(*parse_price(self.price, stated, None))
        except CellError:
            return True, Decimal(self.price) if _UNDECIDED.fullmatch(self.price) else _LAST


def best_offer(things: Things, product: Node) -> Offer | None:
    """The lowest price at which a product can be had; of one sold out, the lowest at all.

    Source: schema.org Offer, AggregateOffer (`lowPrice`), PriceSpecification (`priceType`).
    """
    offers = [offer for node in things.nodes_of(product, "offers") for offer in _read(things, node)]
    return min(offers, key=lambda offer: offer.rank, default=None)


def price_of(text: str) -> Decimal | str:
    """A price as schema.org wants it (digits, a point before the decimals), or else the text.

    A point before three digits may group thousands: it is left to the import's rules.
    """
    plain_number = _PLAIN_NUMBER.fullmatch(text) and not _UNDECIDED.fullmatch(text)
    return Decimal(text) if plain_number else text


def _read(things: Things, node: Node) -> Iterator[Offer]:
    availability = things.text(node, "availability").rstrip("/").rpartition("/")[2]
    currency = things.text(node, "priceCurrency")
    if "AggregateOffer" in types_of(node):
        inner = [o for part in things.nodes_of(node, "offers") for o in _read(things, part)]
        # An aggregate's own lowPrice may be of a variant that is sold out.
        if inner:
            yield from inner
            return
    if text := things.text(node, "price", "lowPrice"):
        yield Offer(price_of(text), currency, availability)
        return
    for part in things.nodes_of(node, "priceSpecification"):
        kind = plain(part.get("priceType")).rpartition("/")[2]
        text = things.text(part, "price", "minPrice")
        if text and kind not in _NOT_THE_PRICE:
            own = things.text(part, "priceCurrency") or currency
            yield Offer(price_of(text), own, availability)
