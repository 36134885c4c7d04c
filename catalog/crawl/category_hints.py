"""The garment category that a shop's own words for a product mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lookalike.contract.taxonomy import Category, category_of

_LEVELS: Final = re.compile(r"\s*[>›»|→]\s*|\s+/\s+")
_ALTERNATIVES: Final = re.compile(r"\s*[&,+·/]\s*|\s+(?:and|und|et|or)\s+|\s+및\s+", re.IGNORECASE)
_UMBRELLAS: Final = frozenset({"top", "tops", "상의", "bottoms", "하의"})


def category_from(hints: Iterable[str]) -> Category | None:
    """The category that the first hint with a meaning has, None where no hint has one.

    A hint may be a path ("Women > Tops > Hoodies"): its last level that means something counts.
    A level of several terms ("Trousers & Shorts") means something only if all of them that are
    known mean the same, and one that stands for half a wardrobe ("Tops") only where it is the
    narrowest that the shop says: nothing is guessed.
    """
    levels = [level for hint in hints for level in reversed(_LEVELS.split(hint)) if level]
    for narrower, level in enumerate(levels):
        if narrower and level.strip().casefold() in _UMBRELLAS:
            continue
        if (category := _meaning(level)) is not None:
            return category
    return None


def _meaning(level: str) -> Category | None:
    terms = [term for term in _ALTERNATIVES.split(level) if term]
    if len(terms) < 2:
        return category_of(level)
    meant = {category_of(term) for term in terms} - {None}
    return meant.pop() if len(meant) == 1 else None
