"""Prices as shops write them: "1,299.00", "29.900 원", "₩39,000", "$12.99", "12,99 €"."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final, Literal

from catalog.importers.cells import CellError, text_of
from catalog.importers.currency_marks import meanings_of_mark
from lookalike.contract import money

DecimalMark = Literal[".", ","]
"""What stands before the decimals."""

MAX_AMOUNT: Final = 10**12
"""Highest price in major units; the wire's limit."""

UNDECIDED: Final = re.compile(r"[1-9]\d{0,2}\.\d{3}", re.ASCII)
"""A number whose point may stand before decimals, or group thousands: "29.900"."""

_MAX_CHARS: Final = 64
_SHAPE: Final = re.compile(r"(\D*)(\d(?:[\d.,' ]*\d)?)(\D*)", re.ASCII)
_LEADING_POINT: Final = re.compile(r"(?:^|[^\w.,\s])\s*[.,]$")
"""Before a number without whole units: "$.99". After a letter it ends an abbreviation: "Rs.99"."""
_ROUND_AMOUNT: Final = re.compile(r"^[.,:] ?[-–—]+")
_DASHES: Final = re.compile(r"[-–—]+")
"""After a number with a mark before it: "¥2,990-" has no decimals, and is not negative."""
_TAX_INCLUDED: Final = re.compile(r"\(\s*税込み?\s*\)|税込み?")
_FOOTNOTE: Final = re.compile(r"\s*\*+$")
_MINUS: Final = "-−"
_GROUPS: Final = re.compile(r"[1-9]\d{0,2}(?:([,.' ])\d{3}(?:\1\d{3})*)?|[1-9]\d?(?:,\d\d)+,\d{3}")
_THOUSAND: Final = 1000
_THOUSANDS_DIGITS: Final = 3
_MAY_BE_EITHER: Final = "may be thousands or decimals; --decimal says which mark decimals have"
_NO_FRACTION: Final = ".000"
_ZEROS_OR_THOUSANDS: Final = (
    "may be thousands or have decimals that are all 0; write it without them, or without a point"
)
_LOST_ZEROS: Final = (
    "may be thousands whose last zeros were lost at its source, where text would keep them"
)


class ComputedPrice(float):
    """An amount in major units that no shop wrote: its fraction is one, and is rounded."""


def parse_price(
    value: object,
    stated: str | None,
    default: str | None,
    decimal_mark: DecimalMark | None = None,
) -> tuple[int, str]:
    """A price as an integer of minor units, and its currency (ISO 4217).

    `stated` is the currency that the row names, `default` that of rows that name none. Text may
    carry a currency's mark or code and thousands in any usual notation. A single mark before
    exactly three digits groups thousands ("29.900 원", "1,299"), unless the currency has three
    decimals; "1.299" with nothing beside it is refused as undecided where the currency has
    decimals, and 29.9 where it has none, unless `decimal_mark` says how the source writes them.
    That does not make "29,900원" 29.9: a currency without decimals has thousands there. Only
    "29.000원" is refused where a point is told, for it may be 29 as well.

    Raises:
        CellError: no price, an undecided or negative or absurdly high one, an unknown currency,
            or one that contradicts `stated`.
    """
    if isinstance(value, bool):
        raise CellError("is not a price")
    if isinstance(value, int | float | Decimal):
        return _from_number(value, stated or default, decimal_mark)
    written = text_of(value)
    text = _plain(written)
    if not text:
        raise CellError("is missing")
    if any(c.isdigit() and not c.isdecimal() for c in written):
        raise CellError("is not one price")  # "9⁹⁹ €": raised digits may be cents
    text = _FOOTNOTE.sub("", _TAX_INCLUDED.sub("", text).strip()).replace("’", "'")
    found = _SHAPE.fullmatch(text) if len(text) <= _MAX_CHARS else None
    if found is None:
        raise CellError("is not one price")
    before, number, after = found.groups()
    after, round_amount = _ROUND_AMOUNT.subn("", after)
    point = before[-1] if _LEADING_POINT.search(before) else ""
    before = before.removesuffix(point)
    if not point and _is_round(before, number, after):
        after = ""
    _refuse_negative(before.strip(), after.strip())
    meanings = _meanings(before, after)
    currency = _currency(meanings, stated, default)
    if point:
        number = _with_whole_units(point, number, currency)
    bare = not meanings and not round_amount
    amount = _amount(number, currency, bare, decimal_mark)
    if decimal_mark is None and _has_odd_fraction(amount, currency):
        raise CellError(_LOST_ZEROS)
    return _in_minor(amount, currency), currency


def json_number(text: str) -> float | str:
    """A number of JSON with a point or an exponent; the text itself where it is undecided.

    As numbers 29.900 and 29.9 are one.
    """
    return text if UNDECIDED.fullmatch(text) else float(text)


def currency_code(text: str) -> str:
    """The ISO 4217 code that a currency column's text means: "usd", "EUR", "€", "원".

    Raises:
        CellError: no currency that things are priced in.
    """
    meanings = meanings_of_mark(_plain(text)) or ("",)
    if not meanings[0]:
        raise CellError("is no ISO 4217 currency code")
    return meanings[0]


def _from_number(
    value: float | Decimal, currency: str | None, decimal_mark: DecimalMark | None
) -> tuple[int, str]:
    amount = Decimal(str(value))
    if amount.is_nan():
        raise CellError("is missing")
    if amount < 0:
        raise CellError("is negative")
    currency = _known(currency)
    decided = decimal_mark == "." or isinstance(value, ComputedPrice)
    if not decided and _has_odd_fraction(amount, currency):
        raise CellError(_LOST_ZEROS)
    return _in_minor(amount, currency), currency


def _plain(text: str) -> str:
    """Text without differences of width and characters that show nothing, such as U+200F."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(c for c in folded if unicodedata.category(c) != "Cf").strip()


def _is_round(before: str, number: str, after: str) -> bool:
    """Whether what follows a number says that it has no decimals: "¥2,990-"."""
    dashes = _DASHES.fullmatch(after.strip())
    return dashes is not None and bool(meanings_of_mark(before.strip())) and _is_whole(number)


def _with_whole_units(point: str, decimals: str, currency: str) -> str:
    """A number that begins with its decimal mark as it is usually written: "0.99"."""
    if not decimals.isdigit() or len(decimals) > money.exponent(currency):
        raise CellError("is not one number")
    return f"0{point}{decimals}"


def _refuse_negative(before: str, after: str) -> None:
    if any(sign in before + after for sign in _MINUS) or (before[:1], after[-1:]) == ("(", ")"):
        raise CellError("is negative")


def _meanings(before: str, after: str) -> tuple[str, ...]:
    """The currencies that the marks around a number can stand for; () where there is no mark."""
    marks = [mark for mark in (before.strip(), after.strip()) if mark]
    meant = [meanings_of_mark(mark) for mark in marks]
    if not meant:
        return ()
    # Both, as in "$12.99 CAD": what they agree on.
    common = tuple(c for c in meant[0] if all(c in others for others in meant))
    if not common:
        raise CellError("is not one price")
    return common


def _currency(meanings: tuple[str, ...], stated: str | None, default: str | None) -> str:
    if not meanings:
        return _known(stated or default)
    if stated is not None and stated not in meanings:
        raise CellError(f"contradicts the currency {stated}")
    meant = stated or (default if default in meanings else None) or meanings[0]
    if not meant:
        others = ", ".join(meanings[1:])
        raise CellError(f"has a mark of several currencies ({others}); --currency says which")
    return meant


def _known(currency: str | None) -> str:
    if currency is None:
        raise CellError("comes without a currency; --currency names that of all such prices")
    return currency


def _amount(number: str, currency: str, bare: bool, told: DecimalMark | None) -> Decimal:
    """The amount that digits, points, commas, spaces and apostrophes stand for."""
    mark = _decimal_mark(number, currency, bare, told)
    whole, _, decimals = number.rpartition(mark) if mark and mark in number else (number, "", "")
    grouped = whole.isdigit() or _GROUPS.fullmatch(whole)
    if not grouped or not (decimals or "0").isdigit():
        raise CellError("is not one number")
    digits = re.sub(r"\D", "", whole)
    return Decimal(f"{digits}.{decimals}" if decimals else digits)


def _decimal_mark(number: str, currency: str, bare: bool, told: DecimalMark | None) -> str:
    """Which of "." and "," stands before the decimals; "" for a number without decimals."""
    marks = [c for c in number if c in ".,"]
    if not marks:
        return ""
    last = marks[-1]
    if len(marks) > 1:
        if _is_whole(number):
            return ""
        # Two kinds: the last one is the decimal mark. One kind, several times: thousands.
        return told or (last if marks.count(last) == 1 else "")
    exponent = money.exponent(currency)
    # A database's NUMERIC(10,3) has 980 yen as "980.000", with a point and nothing beside it.
    if exponent == 0 and _is_whole(number) and not (bare and told == last == "."):
        if told == last == "." and number.endswith(_NO_FRACTION):
            raise CellError(_ZEROS_OR_THOUSANDS)
        return ""
    if told:
        return told
    whole, _, rest = number.partition(last)
    if len(rest) != _THOUSANDS_DIGITS or not _GROUPS.fullmatch(whole):
        return last
    if exponent == _THOUSANDS_DIGITS:
        return last if last == "." else ""
    if bare and last == "." and exponent > 0:
        raise CellError(_MAY_BE_EITHER)
    return ""


def _is_whole(number: str) -> bool:
    """Whether a number can be one without decimals: "2990", "2,990", "1.299.000"."""
    return number.isdigit() or _GROUPS.fullmatch(number) is not None


def _has_odd_fraction(amount: Decimal, currency: str) -> bool:
    """Whether its currency has no decimals, and it is so small that they were thousands once."""
    return money.exponent(currency) == 0 and amount < _THOUSAND and amount % 1 != 0


def _in_minor(amount: Decimal, currency: str) -> int:
    if amount > MAX_AMOUNT:
        raise CellError(f"is above {MAX_AMOUNT:,}")
    return money.to_minor(amount, currency)
