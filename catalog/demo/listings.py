"""The demo catalogue: which listings there are, and their studio photos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image

from catalog.demo.looks import Look, look
from catalog.demo.studio import studio_photo
from catalog.demo.wording import brand, noun, price_minor, title
from lookalike.contract.taxonomy import CATEGORIES, CATEGORY_INDEX, Category

PRODUCT_PAGES: Final = "https://shop.example/p/demo-"
"""How every listing's page begins; the domain is kept free by RFC 2606, so no shop's does."""

_LISTINGS_OF_LOOK = (3, 2, 2, 1)
"""How many shops list each of four looks in a row: 40 listings are 20 looks."""


@dataclass(frozen=True, slots=True)
class DemoListing:
    """One product of the demo catalogue; listings of one look share `look_id`.

    `price_minor` is in cents of `currency`. `attributes` has colour, fabric and the cut's options.
    """

    id: str
    look_id: str
    title: str
    brand: str
    category: Category
    price_minor: int
    item_url: str
    currency: str = "USD"
    attributes: dict[str, str] = field(default_factory=dict)


def draw_catalogue(
    seed: int = 7, per_category: int = 40
) -> Iterator[tuple[DemoListing, Image.Image]]:
    """All listings with their studio photos (512 x 512 RGB), a category each in turn.

    Deterministic by seed, and a smaller catalogue is the beginning of a larger one.
    """
    for number in range(per_category):
        for category in CATEGORIES:
            design, nth = design_of(seed, category, number)
            rng = np.random.default_rng([seed, CATEGORY_INDEX[category], number, 1])
            yield listing(seed, design, number, nth), studio_photo(design, rng)


def design_of(seed: int, category: Category, number: int) -> tuple[Look, int]:
    """The look that a category's listing of that number shows, and which of its listings it is."""
    turn, at = divmod(number, sum(_LISTINGS_OF_LOOK))
    for k, count in enumerate(_LISTINGS_OF_LOOK):
        if at < count:
            return look(seed, category, turn * len(_LISTINGS_OF_LOOK) + k), at
        at -= count
    raise AssertionError("unreachable: at is below the sum")


def listings_of(seed: int, design: Look) -> tuple[str, ...]:
    """The ids of all listings that show a look, in a catalogue large enough to hold them."""
    turn, k = divmod(design.number, len(_LISTINGS_OF_LOOK))
    start = turn * sum(_LISTINGS_OF_LOOK) + sum(_LISTINGS_OF_LOOK[:k])
    return tuple(f"demo-{design.category}-{start + i + 1:04d}" for i in range(_LISTINGS_OF_LOOK[k]))


def listing(seed: int, design: Look, number: int, nth: int) -> DemoListing:
    """The product row of a category's listing of that number."""
    rng = np.random.default_rng([seed, CATEGORY_INDEX[design.category], number, 2])
    name = f"{design.category}-{number + 1:04d}"
    attributes = {"colour": design.colour, "fabric": design.fabric, "type": noun(design)}
    attributes |= {k: v for k, v in design.cut.options.items() if v not in ("none", "self")}
    return DemoListing(
        id=f"demo-{name}",
        look_id=design.id,
        title=title(design, rng),
        brand=brand(design, nth),
        category=design.category,
        price_minor=price_minor(design, nth, seed),
        item_url=f"{PRODUCT_PAGES}{name}",
        attributes=attributes,
    )
