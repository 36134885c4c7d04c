"""What a page's OpenGraph tags say of a product."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from extruct.opengraph import OpenGraphExtractor
from lxml.html import HtmlElement

from catalog.crawl.offers import price_of

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


def read_opengraph(tree: HtmlElement) -> OpenGraph:
    """The product that a page's `og:` and `product:` tags describe.

    Source: ogp.me; the product object's `product:price:amount`, `product:retailer_item_id`.
    """
    said: dict[str, list[str]] = {}
    for item in OpenGraphExtractor().extract_items(tree):
        for name, value in item["properties"]:
            if value := " ".join(value.split()):
                said.setdefault(name, []).append(value)

    def first(*names: str) -> str:
        return next((said[name][0] for name in names if name in said), "")

    pairs = (("color", "product:color"), ("material", "product:material"))
    return OpenGraph(
        kind=first("og:type"),
        title=first("og:title"),
        brand=first("product:brand", "og:brand"),
        shop_id=first("product:retailer_item_id", "product:item_group_id"),
        price=price_of(
            first("product:sale_price:amount", "product:price:amount", "og:price:amount")
        ),
        currency=first(
            "product:sale_price:currency", "product:price:currency", "og:price:currency"
        ),
        categories=tuple(said.get("product:category", ())),
        pictures=tuple(said.get("og:image", ()) or said.get("og:image:url", ())),
        attributes={name: first(tag) for name, tag in pairs if tag in said},
    )
