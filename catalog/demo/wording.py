"""What a shop writes about a listing: its title, brand, price and link."""

from __future__ import annotations

from typing import Final

import numpy as np

from catalog.demo.looks import Look
from lookalike.contract.taxonomy import Category

BRANDS: Final = (
    "Alder & Finch",
    "Norrvik",
    "Maison Lune",
    "Harbor Nine",
    "Kestrel",
    "Ombra",
    "Tidewell",
    "Fable Row",
    "Juniper Lane",
    "Sato Works",
    "Brightside",
    "Costa Verde",
    "Plainsong",
    "Wren Street",
    "Basecamp Co.",
    "Velvet Oak",
)
"""Fictional brands, from dear to cheap in no order."""

_TYPICAL: Final = {
    Category.T_SHIRT: 22.0,
    Category.LONGSLEEVE: 42.0,
    Category.POLO: 38.0,
    Category.UNDERSHIRT: 17.0,
    Category.SHIRT: 46.0,
    Category.HOODIE: 55.0,
    Category.OUTERWEAR: 125.0,
    Category.DRESS: 68.0,
    Category.SKIRT: 44.0,
    Category.PANTS: 58.0,
    Category.SHORTS: 33.0,
    Category.SHOES: 88.0,
    Category.HAT: 26.0,
}
"""Median price in US dollars."""

_NOUNS: Final = {
    Category.T_SHIRT: "T-Shirt",
    Category.POLO: "Polo Shirt",
    Category.SHIRT: "Shirt",
    Category.SKIRT: "Skirt",
    Category.DRESS: "Dress",
    Category.SHORTS: "Shorts",
}
_STYLES: Final = {
    "tank": "Tank Top", "racer": "Racerback Tank", "muscle": "Muscle Tank", "camisole": "Camisole",
    "blazer": "Blazer", "coat": "Coat", "puffer": "Puffer Jacket", "bomber": "Bomber Jacket",
    "parka": "Parka", "trucker": "Trucker Jacket", "jeans": "Jeans", "chinos": "Chinos",
    "tailored": "Trousers", "joggers": "Joggers", "cargo": "Cargo Pants", "leggings": "Leggings",
    "sneaker": "Sneakers", "high-top": "High-Top Sneakers", "runner": "Running Shoes",
    "chelsea": "Chelsea Boots", "loafer": "Loafers", "pump": "Pumps", "cap": "Baseball Cap",
    "beanie": "Beanie", "bucket": "Bucket Hat", "fedora": "Fedora", "sun": "Sun Hat",
}  # fmt: skip
_CLOTHS: Final = {
    "plain": "", "stripe": "Striped", "print": "Printed", "graphic": "Graphic", "denim": "Denim",
    "melange": "Marl", "knit": "Knit", "cable": "Cable-Knit", "block": "Colour-Block",
    "tartan": "Checked", "gingham": "Gingham", "pinstripe": "Pinstripe", "corduroy": "Corduroy",
    "satin": "Satin", "leather": "Leather", "suede": "Suede", "canvas": "Canvas", "straw": "Straw",
}  # fmt: skip
_FLOURISHES: Final = ("", "Essential ", "Everyday ", "Classic ", "Weekend ", "Studio ", "")


def brand(look: Look, number_in_look: int) -> str:
    """A brand, another one for each listing of a look."""
    return BRANDS[(look.cut.seed + 5 * number_in_look) % len(BRANDS)]


def noun(look: Look) -> str:
    """What the shop calls this kind of garment."""
    options = look.cut.options
    style = options.get("style", "")
    if look.category in _NOUNS:
        lead = {"a-line": "A-Line", "shirt": "Shirt", "button": "Button-Front"}.get(
            style, style.title()
        )
        if look.category is Category.SHIRT:
            lead = options["collar"].replace("point", "").replace("spread", "").title()
            lead = {"Camp": "Camp-Collar", "Band": "Band-Collar"}.get(lead, lead)
        length = options.get("length", "").title() if look.category is not Category.SHORTS else ""
        words = [w for w in (length, lead if lead != "Denim" else "") if w]
        return " ".join([*words, _NOUNS[look.category]])
    if look.category is Category.LONGSLEEVE:
        knitted = look.fabric in ("knit", "cable", "melange")
        if (
            options["neck"] == "v-neck"
            and options["edges"] == "rib"
            and options["front"] == "cardigan"
        ):
            return "Cardigan"
        neck = {"roll": "Roll-Neck", "mock": "Mock-Neck", "v-neck": "V-Neck", "boat": "Boat-Neck"}
        lead = neck.get(options["neck"], options["neck"].title())
        return f"{lead} {'Sweater' if knitted else 'Long-Sleeve Top'}"
    if look.category is Category.HOODIE:
        return "Zip Hoodie" if options["front"] == "zip" else "Hoodie"
    return _STYLES[style]


def title(look: Look, rng: np.random.Generator) -> str:
    """A listing's title, worded a little differently at each call."""
    colour = look.colour.replace("-", " ").title()
    cloth = _CLOTHS[look.fabric]
    thing = noun(look)
    if cloth in ("Denim", "Knit") and thing in ("Jeans", "Trucker Jacket", "Beanie"):
        cloth = ""
    fit = look.cut.options.get("fit", "")
    fit = f"{fit.title()}-Fit " if fit in ("slim", "regular", "boxy") and rng.random() < 0.4 else ""
    lead = _FLOURISHES[int(rng.integers(len(_FLOURISHES)))]
    core = f"{cloth} {thing}".strip()
    if rng.random() < 0.5:
        return f"{lead}{fit}{core} in {colour}"
    return f"{colour} {fit}{core}"


def price_minor(look: Look, number_in_look: int, seed: int) -> int:
    """A price in US cents, log-normal about the category's median with a sigma of 0.38.

    Listings of one look step up or down from its first price by 22 to 50 % each.
    """
    rng = np.random.default_rng([seed, look.cut.seed, 3])
    first = _TYPICAL[look.category] * float(np.exp(rng.normal(0.0, 0.38)))
    steps = np.cumsum(rng.uniform(0.22, 0.5, 8))
    signs = 1.0 if rng.random() < 0.5 else -1.0
    amount = first * float(np.exp(signs * (steps[number_in_look - 1] if number_in_look else 0.0)))
    whole = max(5, round(amount))
    ending = 95 if rng.random() < 0.3 else 99
    return (whole - 1) * 100 + ending
