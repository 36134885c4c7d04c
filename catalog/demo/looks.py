"""A look: the colour, fabric and cut that make one design, whatever shop sells it."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from catalog.demo.fabrics import Material, Weave
from catalog.demo.garment import Cloth, Cut
from catalog.demo.palette import DYES, LEATHERS, SOBER, WASHES, contrasting, luminance, mixed
from catalog.demo.prints import ALLOVER, GRAPHICS
from catalog.demo.ranges import FABRICS, OPTIONS
from lookalike.contract.taxonomy import CATEGORY_INDEX, Category

_SOBER_CATEGORIES: Final = (
    Category.SHIRT,
    Category.HOODIE,
    Category.PANTS,
    Category.OUTERWEAR,
)
_CONTRAST_TRIMMED: Final = (Category.SHOES, Category.HAT, Category.HOODIE)
_ANY: Final = (0.5, 0.5, 0.5)
"""Cloth that is not dyed yet."""
_NEUTRALS: Final = ("white", "black", "ecru", "navy", "red", "sky", "mustard")


@dataclass(frozen=True, slots=True)
class Look:
    """One design. `fabric` and `colour` are the shop's words for it; `id` is stable by seed."""

    id: str
    category: Category
    number: int
    colour: str
    fabric: str
    cut: Cut
    materials: Mapping[Cloth, Material]


def look(seed: int, category: Category, number: int) -> Look:
    """The look of that number in its category, the same for a seed whatever else is drawn."""
    cut = Cut(
        {
            name: _spread(seed, category, name, values, number)
            for name, values in OPTIONS[category].items()
        },
        zlib.crc32(f"{seed}/{category}/{number}".encode()),
    )
    fabric = _spread(seed, category, "fabric", FABRICS[category], number)
    fabric = _suited(category, fabric, cut)
    colours = tuple(WASHES) if fabric == "denim" else _dyes_for(category)
    colour = _spread(seed, category, "colour", colours, number)
    rng = np.random.default_rng([seed, CATEGORY_INDEX[category], number, 11])
    main = _material(fabric, colour, category, rng)
    materials = _with_trims(main, fabric, category, cut, rng)
    return Look(f"look-{category}-{number:03d}", category, number, colour, fabric, cut, materials)


def _spread(seed: int, category: Category, name: str, values: tuple[str, ...], number: int) -> str:
    """A value for a look: all values come once, shuffled, before any comes again."""
    turn, at = divmod(number, len(values))
    key = zlib.crc32(f"{category}/{name}".encode())
    order = np.random.default_rng([seed, key, turn]).permutation(len(values))
    return values[int(order[at])]


def _suited(category: Category, fabric: str, cut: Cut) -> str:
    """The fabric, or the one that such a cut is really made of."""
    style = cut.options.get("style", "")
    by_style = {"jeans": "denim", "leggings": "plain", "joggers": "melange", "trucker": "denim"}
    covered = cut.options.get("pocket") == "chest" or cut.options.get("front") == "zip"
    if fabric == "graphic" and covered:
        return "melange"
    if category is Category.SHOES and style not in ("sneaker", "high-top"):
        return {"canvas": "suede", "tartan": "leather"}.get(fabric, fabric)
    if category is Category.OUTERWEAR and style == "puffer":
        return "satin" if fabric != "plain" else "plain"
    if category is Category.OUTERWEAR and style in ("blazer", "coat"):
        return fabric if fabric in ("plain", "tartan", "pinstripe", "corduroy") else "melange"
    if category is Category.SHORTS and style == "denim":
        return "denim"
    if category is Category.SKIRT and style == "pleated" and fabric == "denim":
        return "plain"
    if category is Category.HAT:
        return {"beanie": "knit", "fedora": "plain", "sun": "straw"}.get(style, fabric)
    if category is Category.LONGSLEEVE and cut["edges"] == "plain":
        return {"cable": "plain", "knit": "stripe"}.get(fabric, fabric)
    return by_style.get(style, fabric)


def _dyes_for(category: Category) -> tuple[str, ...]:
    if category is Category.SHOES:
        return LEATHERS
    return SOBER if category in _SOBER_CATEGORIES else tuple(DYES)


_WOVEN: Final = {
    "plain": Material(Weave.PLAIN, _ANY),
    "melange": Material(Weave.MELANGE, _ANY),
    "denim": Material(Weave.DENIM, _ANY),
    "knit": Material(Weave.KNIT, _ANY),
    "cable": Material(Weave.CABLE, _ANY),
    "corduroy": Material(Weave.CORDUROY, _ANY),
    "satin": Material(Weave.SATIN, _ANY, gloss=0.6),
    "leather": Material(Weave.LEATHER, _ANY, gloss=0.5),
    "suede": Material(Weave.MELANGE, _ANY, gloss=0.1),
    "canvas": Material(Weave.PLAIN, _ANY, gloss=0.15),
    "straw": Material(Weave.CORDUROY, _ANY),
    "block": Material(Weave.BLOCK, _ANY),
    "pinstripe": Material(Weave.PINSTRIPE, _ANY, repeat_cm=3.2, upright=True),
    "gingham": Material(Weave.GINGHAM, _ANY, repeat_cm=3.4),
    "tartan": Material(Weave.TARTAN, _ANY, repeat_cm=10.0),
    "stripe": Material(Weave.STRIPE, _ANY),
    "print": Material(Weave.PRINT, _ANY),
    "graphic": Material(Weave.PRINT, _ANY),
}
"""How each fabric is made, before it is dyed."""


def _material(fabric: str, colour: str, category: Category, rng: np.random.Generator) -> Material:
    """The look's main cloth: its fabric in its colour, with the pattern that is the look's own."""
    ground = WASHES[colour] if fabric == "denim" else DYES[colour]
    if fabric == "straw":
        ground = mixed(DYES["beige"], ground, 0.35)
    order = tuple(_NEUTRALS[int(i)] for i in rng.permutation(len(_NEUTRALS)))
    second = contrasting(ground, order)
    third = contrasting(second, order[::-1])
    small = 0.45 if category in (Category.SHOES, Category.HAT) else 1.0
    made = _WOVEN[fabric]
    dyed = replace(
        made,
        colour=ground,
        second=second,
        third=third,
        repeat_cm=made.repeat_cm * small,
        seed=int(rng.integers(1 << 20)),
    )
    if fabric == "gingham":
        return replace(dyed, second=(0.95, 0.95, 0.93))
    if fabric == "stripe":
        wide = float(rng.choice([2.4, 4.0, 7.5])) * small
        upright = category in (Category.SHIRT, Category.PANTS, Category.SHORTS)
        return replace(dyed, repeat_cm=wide, upright=upright)
    if fabric == "print":
        motif = ALLOVER[int(rng.integers(len(ALLOVER)))]
        return replace(dyed, motif=motif, repeat_cm=float(rng.uniform(11, 20)) * small)
    if fabric == "graphic":
        return replace(dyed, motif=GRAPHICS[int(rng.integers(len(GRAPHICS)))])
    return dyed


def _with_trims(
    main: Material, fabric: str, category: Category, cut: Cut, rng: np.random.Generator
) -> dict[Cloth, Material]:
    """All the materials of a look: what goes with its main cloth."""
    plain = Material(Weave.PLAIN, main.colour, gloss=main.gloss)
    dark = luminance(main.colour) < 0.3
    lining = (
        plain
        if fabric != "denim"
        else Material(Weave.PLAIN, mixed(main.colour, (0.8, 0.82, 0.85), 0.4))
    )
    contrast = Material(Weave.PLAIN, main.second, gloss=main.gloss)
    rib = contrast if cut.options.get("rib") == "contrast" else plain
    sole = {"white": (0.94, 0.94, 0.92), "gum": (0.66, 0.46, 0.28), "black": (0.12, 0.12, 0.13)}
    shoe = category is Category.SHOES
    ribbed = cut.options.get("rib") == "contrast"
    accent = contrast if ribbed or category in _CONTRAST_TRIMMED else plain
    pale_or_black = (0.16, 0.16, 0.17) if dark else (0.93, 0.92, 0.88)
    horn = (0.24, 0.17, 0.12) if rng.random() < 0.5 else pale_or_black
    return {
        Cloth.MAIN: main,
        Cloth.TRIM: accent,
        Cloth.RIB: rib,
        Cloth.LINING: lining,
        Cloth.SOLE: Material(Weave.PLAIN, sole[cut.options.get("sole", "white")]),
        Cloth.METAL: Material(Weave.PLAIN, (0.72, 0.68, 0.58), gloss=0.9),
        Cloth.BUTTON: Material(Weave.PLAIN, horn, gloss=0.6),
        Cloth.LABEL: Material(
            Weave.PLAIN, (0.95, 0.95, 0.94) if dark or shoe else (0.98, 0.98, 0.97)
        ),
    }
