"""The garment category that a shop's own words for a product mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from lookalike.contract.taxonomy import Category, category_of, is_none_of_them

_LEVELS: Final = re.compile(r"\s*[>›»|→]\s*|\s+/\s+")
_ALTERNATIVES: Final = re.compile(r"\s*[&,+·/]\s*|\s+(?:and|und|et|or)\s+|\s+및\s+", re.IGNORECASE)
_UMBRELLAS: Final = frozenset({"top", "tops", "상의", "bottoms", "하의"})


def category_from(hints: Iterable[str], otherwise: Category | None = None) -> Category | None:
    """The category that the first hint with a meaning has, `otherwise` where no hint has one.

    None where that hint is known to mean none of the 13: "Men > Shirts > Ties" is no shirt.

    A hint may be a path ("Women > Tops > Hoodies"): its last level that means something counts.
    A level of several terms ("Trousers & Shorts") means something only if all of them that are
    known mean the same, and one that stands for half a wardrobe ("Tops") only where it is the
    narrowest that the shop says: nothing is guessed.
    """
    levels = [level for hint in hints for level in reversed(_LEVELS.split(hint)) if level]
    for narrower, level in enumerate(levels):
        if narrower and level.strip().casefold() in _UMBRELLAS:
            continue
        meant = _meanings(level)
        if len(meant) == 1:
            return meant.pop()
    return otherwise


def _meanings(level: str) -> set[Category | None]:
    """What a level's known terms mean, None for none of the 13."""
    terms = [term for term in _ALTERNATIVES.split(level) if term]
    meanings = {term: category_of(term) for term in (terms if len(terms) > 1 else [level])}
    return {c for term, c in meanings.items() if c is not None or is_none_of_them(term)}
