"""What is typed into the filters."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import Category
from tui.search.crop_box import Box
from tui.search.filters import (
    Filters,
    parse_brands,
    parse_count,
    parse_price,
    parse_reference_price,
)


def test_filters_become_parameters() -> None:
    filters = Filters(Category.HAT, Decimal("39.90"), ("Acme",), "price", 5)
    params = filters.for_photo(Box(1, 2, 30, 40))
    assert params.categories == [Category.HAT]
    assert params.max_price == Decimal("39.90")
    assert (params.brands, params.sort, params.k) == (["Acme"], "price", 5)
    assert params.crop is not None
    assert params.crop.height == 40


def test_what_the_look_costs_is_sent_where_the_service_takes_it() -> None:
    costs, box = Filters(reference_price=Decimal("89.90")), Box(1, 2, 30, 40)
    by_value = replace(costs, sort="value")
    assert by_value.for_photo(box).reference_price == Decimal("89.90")
    unasked = [
        costs.for_photo(box),
        replace(costs, sort="price").for_photo(box),
        Filters(sort="value").for_photo(box),
        by_value.for_product(),
    ]
    assert not any("reference_price" in params.model_dump(exclude_unset=True) for params in unasked)


def test_what_a_look_costs_is_an_amount_above_nothing() -> None:
    assert parse_reference_price(" ") is None
    assert parse_reference_price("1.299,90") == Decimal("1299.90")
    for nothing in ("0", "0.00", "0.0001"):
        with pytest.raises(BadRequestError, match="above 0"):
            parse_reference_price(nothing)
    with pytest.raises(BadRequestError, match=r"40 or 39\.90"):
        parse_reference_price("1.299")


def test_what_is_not_asked_for_is_not_sent() -> None:
    assert Filters().for_product().model_dump(exclude_unset=True) == {
        "k": 10,
        "categories": "auto",
        "sort": "similarity",
    }


def test_prices_as_people_type_them() -> None:
    assert parse_price("") is None
    for typed, amount in (
        (" 1,299.90 ", "1299.90"),
        ("1.299,90", "1299.90"),
        ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1.299.900", "1299900"),
        ("１２．３４５．６７８．９００", "12345678900"),
        ("39,90", "39.90"),
        ("39,9", "39.9"),
        ("39.", "39"),
        ("39,", "39"),
        ("1,299", "1299"),
        ("1299,90", "1299.90"),
        ("1299.125", "1299.125"),
        ("0.125", "0.125"),
        (".5", "0.5"),
        ("1'299.90", "1299.90"),
        ("1’299.90", "1299.90"),
        ("1’234’567", "1234567"),
        ("1 299,90", "1299.90"),
        ("1\u202f299\xa0", "1299"),
        ("１，２９９．９０", "1299.90"),
        ("２９９００", "29900"),
    ):
        assert parse_price(typed) == Decimal(amount), typed


@pytest.mark.parametrize(
    "wrong",
    [
        *("cheap", "-1", "nan", "inf", "1e99", "9" * 14, "4 0", ",", "."),
        *("1.299", "12,3456", "0,125", "1,29,900", "1,2999", "1.299.90", "1,299,90", "1.29,90"),
        *(
            "１．２９９",
            "1'29.90",
            "1'299 900",
            "4²",
            "½",
            "1 299 90",
            "12'345,678",
            "0.299.900",
            "1.299.9000",
        ),
    ],
)
def test_an_amount_that_may_mean_another_is_refused(wrong: str) -> None:
    with pytest.raises(BadRequestError, match=r"40 or 39\.90"):
        parse_price(wrong)


def test_counts_are_1_to_100() -> None:
    assert parse_count("100") == 100
    for wrong in ("", "0", "101", "-1", "ten", "1.5"):
        with pytest.raises(BadRequestError):
            parse_count(wrong)


def test_brands_lie_between_commas() -> None:
    assert parse_brands(" Acme, Bolt & Söhne ,,Acme") == ("Acme", "Bolt & Söhne")


def test_a_brand_that_is_known_may_have_commas() -> None:
    known = {"Weekday, Inc.", "Weekday", "Tod's, Hogan, Fay", "a,b", "Acme"}
    for typed, brands in (
        ("Weekday, Inc.", ("Weekday, Inc.",)),
        (" acme ,weekday, inc. , Weekday", ("acme", "weekday, inc.", "Weekday")),
        ("Weekday, Incorporated", ("Weekday", "Incorporated")),
        ("Tod's, Hogan, Fay, a,b", ("Tod's, Hogan, Fay", "a,b")),
        ("Tod's, Hogan", ("Tod's", "Hogan")),
    ):
        assert parse_brands(typed, known) == brands, typed


def test_what_the_service_would_refuse_is_refused_here() -> None:
    with pytest.raises(BadRequestError, match="brands"):
        Filters(brands=("x" * 301,)).for_product()
