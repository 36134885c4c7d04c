"""Prices: integers of a currency's minor unit inside, decimal major units at the edges."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

_EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
}
_USUAL_EXPONENT: Final = 2


def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit. Source: ISO 4217, list one."""
    return _EXPONENTS.get(currency, _USUAL_EXPONENT)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as an integer of minor units, half a unit rounded up."""
    return int(amount.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP))


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """An integer of minor units as a decimal of major units."""
    return Decimal(amount_minor).scaleb(-exponent(currency))
