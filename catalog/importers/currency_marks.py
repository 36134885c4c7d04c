"""The marks that shops put beside a price, and the currencies that each may mean."""

from __future__ import annotations

import re
from typing import Final

from lookalike.contract import money

_DOLLARS: Final = ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP")
_MARKS: Final[dict[str, tuple[str, ...]]] = {
    "$": _DOLLARS,
    "₩": ("KRW", "KPW"),
    "원": ("KRW",),
    "€": ("EUR",),
    "euro": ("EUR",),
    "euros": ("EUR",),
    "£": ("GBP", "EGP", "GIP", "FKP", "SHP"),
    "¥": ("JPY", "CNY"),
    "円": ("JPY",),
    "\\": ("", "KRW", "JPY"),
    "元": ("CNY", "TWD"),
    "₹": ("INR",),
    "rs": ("INR", "PKR", "LKR", "NPR"),
    "₽": ("RUB",),
    "руб": ("RUB",),
    "₺": ("TRY",),
    "tl": ("TRY",),
    "₫": ("VND",),
    "đ": ("VND",),
    "vnđ": ("VND",),
    "rp": ("IDR",),
    "rm": ("MYR",),
    "r": ("ZAR",),
    "₪": ("ILS",),
    "₴": ("UAH",),
    "฿": ("THB",),
    "₱": ("PHP",),
    "₦": ("NGN",),
    "₸": ("KZT",),
    "zł": ("PLN",),
    "kč": ("CZK",),
    "ft": ("HUF",),
    "lei": ("RON",),
    "fr": ("CHF", "XAF", "XOF", "XPF"),
    "kr": ("", "SEK", "NOK", "DKK", "ISK"),
    "us$": ("USD",),
    "c$": ("CAD",),
    "ca$": ("CAD",),
    "a$": ("AUD",),
    "au$": ("AUD",),
    "nz$": ("NZD",),
    "hk$": ("HKD",),
    "s$": ("SGD",),
    "nt$": ("TWD",),
    "mx$": ("MXN",),
    "r$": ("BRL",),
}
"""Marks, and the currencies that they are used for; the first is what one means by itself.

A backslash is what code pages 949 and 932 have in the place of "₩" and "¥".
"""

_SPACED_DOLLAR: Final = re.compile(r"\s+\$$")
"""Of a mark that says whose dollar it is: "US $"."""


def meanings_of_mark(mark: str) -> tuple[str, ...]:
    """The currencies (ISO 4217) that a mark or code can stand for; () for neither.

    The first is what it means by itself, "" where that is none of them.
    """
    mark = _SPACED_DOLLAR.sub("$", mark)
    code = mark.upper()
    if code in money.CURRENCIES:
        return (code,)
    if (code := code.removesuffix("$")) in _DOLLARS:  # "CAD $29.95"
        return (code,)
    return _MARKS.get(mark.casefold().removesuffix("."), ())
