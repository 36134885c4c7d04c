"""A product as a page states it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PageProduct:
    """A product of a page, all texts but those of a price as they stand there.

    `shop_id` is the shop's own number for it, "" for none; `category_hints` come best first;
    `picture_urls` are absolute, the main picture first.
    """

    shop_id: str
    title: str
    brand: str
    price: Decimal | str
    currency: str
    category_hints: tuple[str, ...]
    url: str
    picture_urls: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)
