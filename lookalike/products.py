"""A product as the service carries it between stages."""

from __future__ import annotations

from dataclasses import dataclass, field

from lookalike.contract.taxonomy import Category


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that a shop sells.

    `price_minor` is in minor units of `currency` (ISO 4217, upper case); `image_key` addresses
    the picture in the content-addressed image folder, None where the product has none.
    """

    id: str
    title: str
    brand: str
    category: Category
    price_minor: int
    currency: str
    item_url: str
    image_key: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
