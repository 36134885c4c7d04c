"""What a page says becomes a listing by the rules of any import."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from catalog.crawl.listings import listing_of
from catalog.crawl.page_products import read_page
from catalog.crawl.plan import CrawlPlan
from catalog.crawl.site import Site
from catalog.importers.listing import Listing, RowError
from catalog.importers.price import DecimalMark
from tests.functional.crawl.pages import json_ld, page, product

URL = "https://shop.example/p/1"
PLAN = CrawlPlan((URL,), Site.of(URL))


def listed(plan: CrawlPlan = PLAN, **changed: Any) -> Listing:
    (found,) = read_page(page("", json_ld(product("S1", **changed))), URL).products
    return listing_of(found, plan)


def offer(price: str, currency: str) -> dict[str, str]:
    return {"@type": "Offer", "price": price, "priceCurrency": currency}


@pytest.mark.parametrize(
    ("price", "currency", "minor"),
    [
        ("29.900", "KRW", 29_900),
        ("299.000", "VND", 299_000),
        ("29900.00", "KRW", 29_900),
        ("1.250", "KWD", 1_250),
        ("49.9", "EUR", 4_990),
        ("49.9000", "EUR", 4_990),
        ("0.990", "EUR", 99),
    ],
)
def test_a_point_before_three_digits_groups_thousands_where_a_currency_has_no_decimals(
    price: str, currency: str, minor: int
) -> None:
    assert listed(offers=offer(price, currency)).price_minor == minor


@pytest.mark.parametrize(("mark", "minor"), [(".", 130), (",", 129_900)])
def test_a_price_that_can_be_read_in_two_ways_is_left_out_until_its_mark_is_told(
    mark: DecimalMark, minor: int
) -> None:
    with pytest.raises(RowError, match=r"'1\.299' may be thousands or decimals"):
        listed(offers=offer("1.299", "EUR"))
    told = replace(PLAN, decimal_mark=mark)
    assert listed(told, offers=offer("1.299", "EUR")).price_minor == minor
    assert listed(told, offers=offer("49.90", "EUR")).price_minor == 4_990


@pytest.mark.parametrize("script", ["{}", "<!-- from the shop -->\n{}"])
@pytest.mark.parametrize(("number", "currency"), [("29.900", "KRW"), ("299.000", "VND")])
def test_a_number_of_json_ld_is_read_as_the_page_writes_it(
    number: str, currency: str, script: str
) -> None:
    quoted = json.dumps(product("S1", offers=offer(number, currency)))
    unquoted = quoted.replace(f'"{number}"', number)
    (found,) = read_page(page("", json_ld(script.format(unquoted))), URL).products
    assert (found.price, listing_of(found, PLAN).price_minor) == (
        number,
        int(number.replace(".", "")),
    )


@pytest.mark.parametrize(("number", "currency"), [("299.000", "IDR"), ("29.9", "KRW")])
def test_a_number_of_json_ld_that_may_be_thousands_or_decimals_is_left_out(
    number: str, currency: str
) -> None:
    quoted = json.dumps(product("S1", offers=offer(number, currency)))
    (found,) = read_page(page("", json_ld(quoted.replace(f'"{number}"', number))), URL).products
    with pytest.raises(RowError, match=f"'{number}' may be thousands"):
        listing_of(found, PLAN)


@pytest.mark.parametrize(
    ("images", "asked"),
    [
        (["/img/a|b.png"], "https://shop.example/img/a%7Cb.png"),
        (["/img/" + "a" * 2000, "/img/b.png"], "https://shop.example/img/b.png"),
        (["/img/" + "a" * 2000, "https://shop.example:0/b.png"], None),
    ],
)
def test_the_first_picture_at_a_usable_address_counts_and_none_costs_the_product(
    images: list[str], asked: str | None
) -> None:
    assert listed(image=images).image_url == asked
