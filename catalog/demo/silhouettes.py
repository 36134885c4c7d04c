"""From a category and a cut to the parts of its silhouette."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from catalog.demo.bottoms import pants, shorts, skirt
from catalog.demo.dresses import dress
from catalog.demo.garment import Cut, Part
from catalog.demo.hats import hat
from catalog.demo.hoodies import hoodie
from catalog.demo.jackets import outerwear
from catalog.demo.shirts import polo, shirt
from catalog.demo.shoes import shoes
from catalog.demo.tops import longsleeve, t_shirt, undershirt
from lookalike.contract.taxonomy import Category

_DRAWN_BY: Final[dict[Category, Callable[[Cut], list[Part]]]] = {
    Category.T_SHIRT: t_shirt,
    Category.LONGSLEEVE: longsleeve,
    Category.POLO: polo,
    Category.UNDERSHIRT: undershirt,
    Category.SHIRT: shirt,
    Category.HOODIE: hoodie,
    Category.OUTERWEAR: outerwear,
    Category.DRESS: dress,
    Category.SKIRT: skirt,
    Category.PANTS: pants,
    Category.SHORTS: shorts,
    Category.SHOES: shoes,
    Category.HAT: hat,
}


def silhouette(category: Category, cut: Cut) -> list[Part]:
    """The parts of a garment from back to front, in cm with y down."""
    return _DRAWN_BY[category](cut)
