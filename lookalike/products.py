"""A product as the service carries it between stages."""

from __future__ import annotations

from dataclasses import dataclass, field

from lookalike.contract.taxonomy import Category


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that a shop sells.

    `price_minor` is in minor units of `currency` (ISO 4217, upper case), 0 for a price that nobody
    said; `image_key` addresses the picture in the content-addressed image folder, None where the
    product has none.
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

    @property
    def has_price(self) -> bool:
        """Whether it is known what it costs: no shop gives clothes away."""
        return self.price_minor > 0
