"""The price of a schema.org product: which of its offers counts, and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from catalog.crawl.schema_org import Node, Things, plain, types_of
from catalog.importers.cells import CellError
from catalog.importers.price import UNDECIDED, currency_code, parse_price
from catalog.importers.validity import holds
from lookalike.contract import money
from lookalike.contract.availability import means_sold_out

_PLAIN_NUMBER: Final = re.compile(r"\d+(\.\d+)?", re.ASCII)
_NOT_THE_PRICE: Final = frozenset({"ListPrice", "SRP", "MSRP", "StrikethroughPrice"})
_EXTRA_CHARGES: Final = frozenset({"DeliveryChargeSpecification", "PaymentChargeSpecification"})
_DATES: Final = ("validFrom", "validThrough", "priceValidUntil")
_INHERITED: Final = (("priceCurrency",), ("availability",), _DATES)
"""What an aggregate says of all its offers; dates belong together."""
_LAST: Final = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class Offer:
    """A price as the page writes it, its currency, and the availability, "" for not said.

    `code` is the currency that it is read in (ISO 4217), "" for none that can be told. `current`:
    the page gives it no other dates than now.
    """

    price: Decimal | str
    currency: str
    availability: str
    code: str
    current: bool

    @property
    def sold(self) -> bool:
        """Whether it can be bought, as far as the page says."""
        return not means_sold_out(self.availability)

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, Decimal]:
        """The lower, the rather it is the price at which its product can be had.

        Nothing is sold for 0: shops write it where a price is not known, so it comes last.
        """
        undecided, amount = self._amount
        return not self.current, not self.sold, not amount, undecided, amount

    @property
    def _amount(self) -> tuple[bool, Decimal]:
        """Whether it is undecided, and how much it is in major units, the last of all for none.

        An undecided point stands before decimals here: among prices that are all of that form this
        changes no order, and the import reads or refuses the one that is lowest.
        """
        if isinstance(self.price, Decimal):
            return False, self.price
        try:
            return False, money.from_minor(*parse_price(self.price, self.code or None, None))
        except CellError:
            return True, Decimal(self.price) if UNDECIDED.fullmatch(self.price) else _LAST


def best_offer(things: Things, product: Node, currency: str | None, now: datetime) -> Offer | None:
    """The lowest price at which a product can be had now; of one sold out, the lowest at all.

    Of several currencies it is in the crawl's `currency` if one of them is, else in the first that
    is named: amounts of two are never compared.

    A price out of its dates counts where there is no other: many shops forget `priceValidUntil`.

    Source: schema.org Offer, AggregateOffer (`lowPrice`), PriceSpecification (`priceType`).
    """
    nodes = things.nodes_of(product, "offers")
    reader = _OfferReader(things, currency, now)
    offers = [offer for node in nodes for offer in reader.offers_of(node)]
    codes = [offer.code for offer in offers]
    wanted = currency if currency in codes else next(filter(None, codes), "")
    alike = [offer for offer in offers if offer.code == wanted]
    return min(alike, key=lambda offer: offer.rank, default=None)


def is_better(one: Offer | None, other: Offer | None) -> bool:
    """Whether one offer is rather taken than another: any than none, the lower of one currency."""
    if one is None or other is None:
        return one is not None
    return one.code == other.code and one.rank < other.rank


def price_of(text: str) -> Decimal | str:
    """A price as schema.org wants it (digits, a point before the decimals), or else the text.

    Against its rule many shops group thousands by a point, "29.900" won: one before three digits
    is left to the import's rules.
    """
    plain_number = _PLAIN_NUMBER.fullmatch(text) and not UNDECIDED.fullmatch(text)
    return Decimal(text) if plain_number else text


@dataclass(frozen=True, slots=True)
class _OfferReader:
    things: Things
    default: str | None
    now: datetime

    def offers_of(self, node: Node) -> Iterator[Offer]:
        """The prices that one value of `offers` holds."""
        if "AggregateOffer" in types_of(node):
            parts = [_completed(n, node) for n in self.things.nodes_of(node, "offers")]
            inner = [offer for part in parts for offer in self.offers_of(part)]
            # An aggregate's own lowPrice may be of a variant that is sold out.
            if inner:
                yield from inner
                return
        if _is_for_members(node):
            return
        if text := self.things.text(node, "price", "lowPrice"):
            yield self._offer(text, node)
            return
        for part, text in self._specified(node):
            yield self._offer(text, node, part)

    def _specified(self, node: Node) -> list[tuple[Node, str]]:
        """Specifications with their prices; those of a reference quantity only if all are."""
        found = []
        for part in self.things.nodes_of(node, "priceSpecification"):
            kind = plain(part.get("priceType")).rpartition("/")[2]
            extra = kind in _NOT_THE_PRICE or types_of(part) & _EXTRA_CHARGES
            text = self.things.text(part, "price", "minPrice")
            if text and not extra and not _is_for_members(part):
                found.append((part, text))
        return [pair for pair in found if not pair[0].get("referenceQuantity")] or found

    def _offer(self, text: str, *nodes: Node) -> Offer:
        """The price `text` of an offer, and of a specification in it."""
        offer, said = nodes[0], self.things.text
        price = price_of(text)
        currency = next(filter(None, (said(n, "priceCurrency") for n in reversed(nodes))), "")
        return Offer(
            price,
            currency,
            availability=said(offer, "availability").rstrip("/").rpartition("/")[2],
            code=_code(price, currency, self.default),
            current=all(self._holds(node) for node in nodes),
        )

    def _holds(self, node: Node) -> bool:
        starts, *ends = (self.things.text(node, name) for name in _DATES)
        return all(holds(self.now, starts, end) for end in ends)


def _completed(offer: Node, aggregate: Node) -> Node:
    """An offer with what only the aggregate around it says."""
    lacking = [names for names in _INHERITED if not any(offer.get(name) for name in names)]
    return {**offer, **{n: aggregate[n] for names in lacking for n in names if aggregate.get(n)}}


def _is_for_members(node: Node) -> bool:
    return bool(node.get("validForMemberTier"))


def _code(price: Decimal | str, currency: str, default: str | None) -> str:
    try:
        if currency:
            return currency_code(currency)
        return default or "" if isinstance(price, Decimal) else parse_price(price, None, default)[1]
    except CellError:
        return currency or default or ""
