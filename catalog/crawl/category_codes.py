"""Categories that a shop tells by numbers of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from lookalike.contract.taxonomy import Category

CategoryCodes = Mapping[str, Category]
"""Categories by code, three digits a level: what is not named means what its prefix does."""

MUSINSA_CODES: Final[CategoryCodes] = MappingProxyType(
    {
        "100": Category.DRESS,
        "101001": Category.HAT,
        "103": Category.SHOES,
    }
)
"""Those that begin with no 0; the taxonomy knows the others. Source: Musinsa's category tree."""

_LEVEL_DIGITS: Final = 3
_CODE: Final = re.compile(r"(?:^|/)((?:[0-9]{3}){1,3})(?=$|[/?#])")


def in_words(hint: str, codes: CategoryCodes) -> str:
    """A hint that is a code or an address of one, as the category that it means: "shoes".

    Any other hint stays as it is: `/category/103005` is "shoes", `/category/999` itself.
    """
    found = _CODE.search(hint)
    code = found[1] if found else ""
    prefixes = (code[:end] for end in range(len(code), 0, -_LEVEL_DIGITS))
    return next((codes[prefix].value for prefix in prefixes if prefix in codes), hint)
