"""Prices as people type them: "1,299.90", "1.299,90", "1'299.90", "40"."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_FULL_WIDTH: Final = 0xFEE0
"""From a character of ASCII to its wide form. Source: Unicode, Halfwidth and Fullwidth Forms."""
_SAME: Final = str.maketrans(
    {chr(ord(char) + _FULL_WIDTH): char for char in "0123456789,.'"}
    | {"\u2019": "'", "\u00a0": " ", "\u202f": " ", "\u3000": " "}
)
_POINT: Final = re.compile(r"(\d+|[1-9]\d{0,2}([,' ])\d{3}(\2\d{3})*)(\.\d*)?|\.\d+", re.ASCII)
_COMMA: Final = re.compile(
    r"(\d+|[1-9]\d{0,2}([.' ])\d{3}(\2\d{3})*),\d{0,2}|[1-9]\d{0,2}(\.\d{3}){2,}", re.ASCII
)
_EITHER: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""A thousand and some in one country, one and some thousandths in another."""
_MOST: Final = 10**12
_GROUPING: Final = str.maketrans("", "", ",' ")


def typed_price(text: str) -> Decimal | None:
    """An amount in major units; None for what is none, is too much, or may mean another amount.

    "1.299" may be 1,299 or 1.299; "1,299" is the former, as shops write prices. "1.299.900" has
    too many points for decimals.
    """
    typed = text.translate(_SAME).strip()
    if _EITHER.fullmatch(typed):
        return None
    if _POINT.fullmatch(typed):
        amount = Decimal(typed.translate(_GROUPING))
    elif _COMMA.fullmatch(typed):
        amount = Decimal(typed.replace(".", "").replace(",", ".").translate(_GROUPING))
    else:
        return None
    return amount if amount <= _MOST else None
