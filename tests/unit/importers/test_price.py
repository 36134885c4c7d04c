"""Prices in the notations of many shops."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.cells import CellError
from catalog.importers.price import (
    MAX_AMOUNT,
    ComputedPrice,
    DecimalMark,
    currency_code,
    parse_price,
)
from lookalike.contract import money

EXPONENTS = {"USD": 2, "EUR": 2, "KRW": 0, "JPY": 0, "KWD": 3}
MARKS = {"USD": "$", "EUR": "€", "KRW": "원", "JPY": "¥", "KWD": "KWD"}


@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("1,299.00", 129900, "USD"),
        ("29.900 원", 29900, "KRW"),
        ("29,900원", 29900, "KRW"),
        ("₩39,000", 39000, "KRW"),
        ("￦39,000", 39000, "KRW"),
        ("39000 KRW", 39000, "KRW"),
        ("$12.99", 1299, "USD"),
        ("US$ 12.99", 1299, "USD"),
        ("$12.99 CAD", 1299, "CAD"),
        ("A$1,299", 129900, "AUD"),
        ("12,99 €", 1299, "EUR"),
        ("12,99\N{NO-BREAK SPACE}€", 1299, "EUR"),
        ("€ 1.299,00", 129900, "EUR"),
        ("1.299 €", 129900, "EUR"),
        ("1\N{NARROW NO-BREAK SPACE}299,90 €", 129990, "EUR"),
        ("1.299,- €", 129900, "EUR"),
        ("CHF 1’299.–", 129900, "CHF"),
        ("¥1,980", 1980, "JPY"),
        ("1,980円", 1980, "JPY"),
        ("₹1,29,900.50", 12990050, "INR"),
        ("Rs. 499", 49900, "INR"),
        ("KWD 1.250", 1250, "KWD"),
        ("１２.９９", 1299, "USD"),
        ("  12.9 ", 1290, "USD"),
        ("0.125", 13, "USD"),
        ("1299.000", 129900, "USD"),
        ("0", 0, "USD"),
        ("$.99", 99, "USD"),
        ("US$.99", 99, "USD"),
        ("$ .99", 99, "USD"),
        ("$.5", 50, "USD"),
        ("€,50", 50, "EUR"),
        (".50 €", 50, "EUR"),
        (".99", 99, "USD"),
        ("Rs.50", 5000, "INR"),
        ("Rs. 500", 50000, "INR"),
        ("Fr. 20", 2000, "CHF"),
        ("99 руб.", 9900, "RUB"),
        ("2,990円（税込）", 2990, "JPY"),
        ("2,990円 (税込み)", 2990, "JPY"),
        ("税込2,990円", 2990, "JPY"),
        ("2,990円税込", 2990, "JPY"),
        ("¥2,990-", 2990, "JPY"),
        ("￥2,990－", 2990, "JPY"),
        ("€ 29-", 2900, "EUR"),
        ("US $12.99", 1299, "USD"),
        ("AU $29.95", 2995, "AUD"),
        ("CAD $29.95", 2995, "CAD"),
        ("CAD$29.95", 2995, "CAD"),
        ("29.95 US $", 2995, "USD"),
        ("R$ 29,95", 2995, "BRL"),
        ("R 299.00", 29900, "ZAR"),
        ("R299", 29900, "ZAR"),
        ("RM 29.90", 2990, "MYR"),
        ("Rp 299.000", 29900000, "IDR"),
        ("Rp. 299.000,00", 29900000, "IDR"),
        ("299.000đ", 299000, "VND"),
        ("299.000 VNĐ", 299000, "VND"),
        ("29.90 Euro", 2990, "EUR"),
        ("29,90 €*", 2990, "EUR"),
        ("29,90 € **", 2990, "EUR"),
        ("499:-", 49900, "USD"),
        ("1 299:- SEK", 129900, "SEK"),
        ("\u200f299.90\xa0\u200f₪", 29990, "ILS"),
        ("\u200b29,900원", 29900, "KRW"),
    ],
)
def test_a_price_is_read_as_its_shop_means_it(text: str, minor: int, currency: str) -> None:
    assert parse_price(text, None, "USD") == (minor, currency)


@pytest.mark.parametrize(
    ("value", "minor"), [(12, 1200), (12.99, 1299), (Decimal("12.995"), 1300), (0.1 + 0.2, 30)]
)
def test_a_number_of_json_or_parquet_is_taken_as_it_is(value: float, minor: int) -> None:
    assert parse_price(value, None, "EUR") == (minor, "EUR")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        (None, "missing"),
        (float("nan"), "missing"),
        ("-5", "negative"),
        ("−5 €", "negative"),
        ("$-5.00", "negative"),
        ("(5.00)", "negative"),
        (-0.01, "negative"),
        ("free", "not one price"),
        ("from $12.99", "not one price"),
        ("12.99 - 15.99", "not one price"),
        ("12.99 15.99", "not one number"),
        ("1,29.00", "not one number"),
        ("12.34.56", "not one number"),
        ("1.299,000,00", "not one number"),
        ("$12 €", "not one price"),
        ("1e3", "not one price"),
        (True, "not a price"),
        ("9" * 100, "not one price"),
        ("9999999999999", "above 1,000,000,000,000"),
        (float("inf"), "above"),
        ("1.299", "thousands or decimals"),
        ("-.99", "negative"),
        ("$-.99", "negative"),
        ("$.1,299", "not one number"),
        ("$.999", "not one number"),
        ("₩.500", "not one number"),
        ("$..99", "not one price"),
        ("Rs..50", "not one price"),
        ("99 kr", "several currencies (SEK, NOK, DKK, ISK); --currency says"),
        ("\\29,900", "several currencies (KRW, JPY)"),
        ("2,718円（税抜）", "not one price"),
        ("2,718円（税込2,990円）", "not one price"),
        ("税込", "not one price"),
        ("2,990-", "negative"),
        ("-¥2,990-", "negative"),
        ("$12.99-", "negative"),
        ("$.99-", "negative"),
        ("\u200b", "missing"),
        ("9⁹⁹ €", "not one price"),
        ("* 12.99", "not one price"),
        ("*", "not one price"),
        ("EUR $12.99", "not one price"),
        ("12:99", "not one price"),
        ("499:- kr", "several currencies"),
    ],
)
def test_what_is_no_price_is_refused_with_the_reason(text: object, reason: str) -> None:
    with pytest.raises(CellError) as refused:
        parse_price(text, None, "USD")
    assert reason in str(refused.value)


def test_the_currency_of_the_row_settles_what_a_mark_means() -> None:
    assert parse_price("$5", "CAD", "USD") == (500, "CAD")
    assert parse_price("99 kr", "SEK", None) == (9900, "SEK")
    assert parse_price("99 kr", None, "NOK") == (9900, "NOK")
    assert parse_price("kr. 99", "SEK", None) == (9900, "SEK")
    assert parse_price(".500", "KWD", None) == (500, "KWD")
    with pytest.raises(CellError, match="contradicts the currency EUR"):
        parse_price("$5", "EUR", None)


@pytest.mark.parametrize(("encoding", "currency"), [("cp949", "KRW"), ("cp932", "JPY")])
def test_a_backslash_is_the_mark_that_korean_and_japanese_windows_lack(
    encoding: str, currency: str
) -> None:
    text = b"\\29,900".decode(encoding)
    assert parse_price(text, currency, "USD") == (29900, currency)
    assert parse_price(text, None, currency) == (29900, currency)
    with pytest.raises(CellError, match="contradicts the currency USD"):
        parse_price(text, "USD", currency)


def test_a_price_without_any_currency_is_refused() -> None:
    with pytest.raises(CellError, match="without a currency; --currency names"):
        parse_price("5", None, None)


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [("1.299", ".", 130), ("1.299", ",", 129900), ("1,299", ",", 130), ("1,299", ".", 129900)],
)
def test_a_known_decimal_mark_decides(text: str, mark: DecimalMark, minor: int) -> None:
    assert parse_price(text, None, "USD", mark) == (minor, "USD")


@pytest.mark.parametrize("mark", [",", "."])
@pytest.mark.parametrize(
    ("text", "minor", "currency"),
    [
        ("₩29,900", 29900, "KRW"),
        ("29,000원", 29000, "KRW"),
        ("29.900 원", 29900, "KRW"),
        ("29,900", 29900, "JPY"),
        ("1,299,000", 1299000, "KRW"),
        ("1.299.000 ₫", 1299000, "VND"),
        ("€ 1,299,000", 129900000, "EUR"),
    ],
)
def test_a_told_mark_makes_no_decimals_of_what_can_only_be_thousands(
    text: str, minor: int, currency: str, mark: DecimalMark
) -> None:
    assert parse_price(text, None, currency, mark) == (minor, currency)


def test_a_point_told_is_one_in_a_database_s_decimals_of_any_currency() -> None:
    assert parse_price("980.000", None, "JPY", ".") == (980, "JPY")
    assert parse_price("29900.000", None, "KRW", ".") == (29900, "KRW")
    assert parse_price("1299,000", None, "KRW", ",") == (1299, "KRW")


@pytest.mark.parametrize("text", ["980.000 JPY", "¥ 980.000", "980.000 円"])
def test_beside_its_currency_it_may_be_thousands_or_zeros(text: str) -> None:
    with pytest.raises(CellError, match="may be thousands or have decimals that are all 0"):
        parse_price(text, None, "JPY", ".")
    for told in (None, ","):
        assert parse_price(text, None, "JPY", told) == (980_000, "JPY")


@pytest.mark.parametrize(
    "value", ["29.9", "29,9", "29.9 원", "0.5", 29.9, Decimal("29.900"), 999.99]
)
def test_a_price_that_may_have_lost_its_zeros_is_told_as_that(
    value: object,
) -> None:
    with pytest.raises(CellError, match="last zeros were lost at its source, where text would"):
        parse_price(value, None, "KRW")


@pytest.mark.parametrize(
    ("value", "mark", "minor"),
    [
        ("29,900.50", None, 29_901),
        (26914.5, None, 26_915),
        (29.0, None, 29),
        ("29.00", None, 29),
        ("29.9", ".", 30),
        (29.9, ".", 30),
        (ComputedPrice(29.9), None, 30),
    ],
)
def test_where_a_point_can_only_be_before_decimals_they_are_rounded(
    value: object, mark: DecimalMark | None, minor: int
) -> None:
    assert parse_price(value, None, "KRW", mark) == (minor, "KRW")


def test_a_comma_told_does_not_decide_a_number_with_a_fraction() -> None:
    with pytest.raises(CellError, match="last zeros were lost at its source"):
        parse_price(29.9, None, "KRW", ",")


@pytest.mark.parametrize(
    ("text", "code"), [("usd", "USD"), ("€", "EUR"), ("원", "KRW"), ("\u200f₪", "ILS")]
)
def test_a_currency_column_may_hold_codes_and_marks(text: str, code: str) -> None:
    assert currency_code(text) == code


@pytest.mark.parametrize("text", ["XYZ", "EUROPE", "kr", "", "U$D"])
def test_an_unknown_currency_is_refused(text: str) -> None:
    with pytest.raises(CellError, match="ISO 4217"):
        currency_code(text)


def _grouped(whole: int, separator: str) -> str:
    return f"{whole:,}".replace(",", separator)


@given(
    st.sampled_from(sorted(EXPONENTS)),
    st.integers(0, MAX_AMOUNT),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")]),
    st.sampled_from(["{n} {m}", "{m} {n}", "{m}{n}", "{n}{m}"]),
)
def test_a_price_with_its_mark_is_read_in_any_notation(
    currency: str, minor: int, notation: tuple[str, str], shape: str
) -> None:
    separator, decimal = notation
    exponent = EXPONENTS[currency]
    whole, rest = divmod(minor, 10**exponent)
    number = _grouped(whole, separator)
    if exponent:
        number += f"{decimal}{rest:0{exponent}}"
    text = shape.format(n=number, m=MARKS[currency])
    # Three decimals after a comma are the one notation that reads as thousands by itself.
    told: DecimalMark | None = "," if (exponent, decimal) == (3, ",") else None
    assert parse_price(text, None, None, told) == (minor, currency)


@given(st.text(max_size=80) | st.from_regex(r"[-(]?[€$₩]? ?[0-9][0-9.,' ]{0,20} ?(원|EUR|kr)?"))
def test_any_text_is_a_price_in_range_or_refused(text: str) -> None:
    try:
        minor, currency = parse_price(text, None, "USD")
    except CellError:
        return
    assert 0 <= money.from_minor(minor, currency) <= MAX_AMOUNT
