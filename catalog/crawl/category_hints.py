"""The garment category that a shop's own words for a product mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from catalog.importers.category_levels import is_umbrella, meanings_of, narrowest_of
from lookalike.contract.listing import MAX_CATEGORY_CHARS
from lookalike.contract.taxonomy import Category

_LEVELS: Final = re.compile(r"\s*[>›»|→]\s*|\s+/\s+")


def category_from(
    hints: Iterable[str], *, title: str = "", otherwise: Category | None = None
) -> Category | None:
    """The category that the first hint with a meaning has, `otherwise` where no hint has one.

    None where that hint is known to mean none of the 13: "Men > Shirts > Ties" is no shirt.

    A hint may be a path ("Women > Tops > Hoodies"): its last level that means something counts.
    A level of several terms ("Trousers & Shorts") means something only if all of them that are
    known mean the same or the title names one, and one that stands for half a wardrobe ("Tops")
    only where it is the narrowest that the shop says: nothing is guessed. A hint of more than
    `MAX_CATEGORY_CHARS` characters is a description, and none.
    """
    short = (hint for hint in hints if len(hint) <= MAX_CATEGORY_CHARS)
    levels = [level for hint in short for level in reversed(_LEVELS.split(hint)) if level]
    told = [level for n, level in enumerate(levels) if n == 0 or not is_umbrella(level)]
    meant = narrowest_of(meanings_of(level, title) for level in told)
    return next(iter(meant)) if len(meant) == 1 else otherwise
