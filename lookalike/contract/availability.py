"""Whether a product can be bought, as its attribute `availability` says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

AVAILABILITY: Final = "availability"
"""The attribute that the crawler keeps it in; a table's column of that name may hold it too."""

_SOLD_OUT: Final = frozenset({"outofstock", "oos", "soldout", "discontinued"})
_BETWEEN_WORDS: Final = re.compile(r"[\s_-]+")


def is_sold_out(attributes: Mapping[str, str]) -> bool:
    """Whether a product's attributes say that it can't be bought; most say nothing."""
    return means_sold_out(attributes.get(AVAILABILITY, ""))


def means_sold_out(availability: str) -> bool:
    """Whether that is what an availability says: "OutOfStock", its address, "out of stock", "oos".

    Source: schema.org ItemAvailability; Google Merchant Center, attribute availability; Meta's
    Open Graph reference, product:availability.
    """
    word = availability.strip().rstrip("/").rpartition("/")[2]
    return _BETWEEN_WORDS.sub("", word).casefold() in _SOLD_OUT
