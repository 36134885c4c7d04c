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

CURRENCIES: Final = frozenset(
    (  # noqa: SIM905
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
        "BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP "
        "GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES "
        "KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU "
        "MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON "
        "RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND "
        "TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW "
        "ZWG"
    ).split()
)
"""What things are priced in. Source: ISO 4217, list one, without funds and metals."""


def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit. Source: ISO 4217, list one."""
    return _EXPONENTS.get(currency, _USUAL_EXPONENT)


def to_minor(amount: Decimal, currency: str) -> int:
    """An amount in major units as an integer of minor units, half a unit rounded up."""
    return int(amount.scaleb(exponent(currency)).to_integral_value(ROUND_HALF_UP))


def from_minor(amount_minor: int, currency: str) -> Decimal:
    """An integer of minor units as a decimal of major units."""
    return Decimal(amount_minor).scaleb(-exponent(currency))
