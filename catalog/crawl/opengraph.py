"""What a page's OpenGraph tags say of a product."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final

from extruct.opengraph import OpenGraphExtractor
from lxml.html import HtmlElement

from catalog.crawl.offers import price_of
from catalog.importers.validity import holds
from lookalike.contract.availability import AVAILABILITY

_PRODUCT_KINDS: Final = frozenset({"product", "product.item"})
"""Of one product; `product.group` is a collection. Source: Meta's Open Graph reference."""


@dataclass(frozen=True, slots=True)
class OpenGraph:
    """A page's OpenGraph properties, the first of each name counting; "" for what is not there."""

    kind: str = ""
    title: str = ""
    brand: str = ""
    shop_id: str = ""
    price: Decimal | str = ""
    currency: str = ""
    categories: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def is_product(self) -> bool:
        """Whether the page says that it is a product's, or has a price."""
        return self.price != "" or self.kind.rpartition(":")[2] in _PRODUCT_KINDS

    def may_be_of(self, name: str) -> bool:
        """Whether it says that the page is a product's, and not by title and price another's."""
        own, other = self.title.casefold(), name.casefold()
        return self.is_product and (self.price == "" or own in other or other in own)


def read_opengraph(tree: HtmlElement, now: datetime) -> OpenGraph:
    """The product that a page's `og:` and `product:` tags describe.

    A sale price out of its dates counts where there is no other. What all colours share,
    `product:item_group_id`, is no number of the page's own.

    Source: ogp.me; the product object's `product:price:amount`, `product:retailer_item_id`.
    """
    said: dict[str, list[str]] = {}
    for item in OpenGraphExtractor().extract_items(tree):
        for name, value in item["properties"]:
            if value := " ".join(value.split()):
                said.setdefault(name, []).append(value)

    def first(*names: str) -> str:
        return next((said[name][0] for name in names if name in said), "")

    # Given apart, or as an interval of ISO 8601.
    starts, _, ends = first("product:sale_price_dates").partition("/")
    starts = first("product:sale_price_dates:start") or starts
    ends = first("product:sale_price_dates:end") or ends
    usual = ("product:price", "og:price")
    sale = "product:sale_price"
    prices = (sale, *usual) if holds(now, starts, ends) else (*usual, sale)
    pairs = [("color", "product:color"), ("material", "product:material")]
    pairs.append((AVAILABILITY, "product:availability"))
    return OpenGraph(
        kind=first("og:type"),
        title=first("og:title"),
        brand=first("product:brand", "og:brand"),
        shop_id=first("product:retailer_item_id"),
        price=price_of(first(*(f"{name}:amount" for name in prices))),
        currency=first(*(f"{name}:currency" for name in prices)),
        categories=tuple(said.get("product:category", ())),
        pictures=tuple(said.get("og:image", ()) or said.get("og:image:url", ())),
        attributes={name: first(tag) for name, tag in pairs if tag in said},
    )
