"""A price counts within its dates, by whichever clock they may be meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from catalog.crawl.page_products import read_page
from catalog.importers.validity import holds
from tests.functional.crawl.pages import json_ld, page, product
from tests.unit.crawl.readings import URL, opengraph

_NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("", "", True),
        ("2026-06-15", "2026-06-15", True),
        ("2026-06-16", "", True),
        ("2026-06-17", "", False),
        ("", "2026-06-14", False),
        ("2026-06-15T12:00:00Z", "2026-06-15T12:00:00Z", True),
        ("2026-06-15T12:00:01Z", "", False),
        ("2026-06-15T21:00:00+09:00", "2026-06-15T21:00:00+0900", True),
        ("", "2026-06-15T20:59:59+09:00", False),
        ("2026-06-16 02:00", "2026-06-15T00:00:00", True),
        ("2026-06-16 02:01", "", False),
        ("", "2026-06-14T23:59:59", False),
        ("0001-01-01", "9999-12-31", True),
        ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", True),
        ("soon", "31.12.2020", True),
    ],
)
def test_a_date_holds_as_long_as_it_may_be_meant(starts: str, ends: str, expected: bool) -> None:
    assert holds(_NOW, starts, ends) is expected
    assert holds(_NOW.astimezone(timezone(timedelta(hours=9))), starts, ends) is expected


def _price(offers: Any = None, head: str = "") -> Decimal | str:
    markup = page("", json_ld(product("S1", offers=offers)) + head)
    (found,) = read_page(markup, URL, now=_NOW).products
    return found.price


_OVER = {"price": 10, "priceValidUntil": "2026-06-01"}
_AHEAD = {"price": 10, "validFrom": "2026-07-01"}


@pytest.mark.parametrize(
    ("offers", "price"),
    [
        ([_OVER, {"price": 20}], 20),
        ([_AHEAD, {"price": 20}], 20),
        ([{"price": 10, "validThrough": "2026-06-01T00:00:00Z"}, {"price": 20}], 20),
        ([{**_OVER, "priceValidUntil": "2026-06-30"}, {"price": 20}], 10),
        ([_OVER], 10),
        ([{**_OVER, "price": 15}, _AHEAD], 10),
        ({"priceSpecification": [_OVER, {"price": 20, "validFrom": "2026-01-01"}]}, 20),
        ({"priceSpecification": [{"price": 5, "referenceQuantity": {"value": 1}}]}, 5),
        (
            {
                "priceSpecification": [
                    {"price": 5, "referenceQuantity": {"@type": "QuantitativeValue", "value": 100}},
                    {"price": 20},
                ]
            },
            20,
        ),
    ],
)
def test_a_price_out_of_its_dates_or_by_quantity_counts_where_there_is_no_other(
    offers: Any, price: int
) -> None:
    assert _price(offers) == Decimal(price)


@pytest.mark.parametrize(
    ("dates", "price"),
    [
        ({}, "15"),
        ({"product__sale_price_dates__end": "2026-06-30"}, "15"),
        ({"product__sale_price_dates__end": "2026-06-01"}, "20"),
        ({"product__sale_price_dates__start": "2026-07-01T00:00+0900"}, "20"),
        ({"product__sale_price_dates": "2026-06-01/2026-06-30"}, "15"),
        ({"product__sale_price_dates": "2026-05-01/2026-06-01"}, "20"),
    ],
)
def test_a_sale_price_of_opengraph_counts_within_its_dates(
    dates: dict[str, str], price: str
) -> None:
    sale = opengraph(product__sale_price__amount="15", **dates)
    assert _price(head=sale + opengraph(product__price__amount="20")) == Decimal(price)
    assert _price(head=sale) == Decimal(15)
