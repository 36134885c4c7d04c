"""The preset, over a page of the form that it was written for; the shop itself is out of reach."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.crawl.category_hints import category_from
from catalog.crawl.page_products import read_page
from catalog.crawl.presets import PRESETS
from catalog.crawl.site import Site
from lookalike.contract.taxonomy import Category, category_of
from tests.functional.crawl.pages import page

_MUSINSA = PRESETS["musinsa"]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_follows_its_own_start_pages(name: str) -> None:
    preset = PRESETS[name]
    site = Site.of(preset.start_urls[0], preset.host)
    assert all(site.covers(url) and preset.follow.search(url) for url in preset.start_urls)


def test_start_pages_are_of_codes_that_mean_a_category_or_hold_such() -> None:
    codes = [url.rpartition("/")[2] for url in _MUSINSA.start_urls]
    known = {category_of(code) for code in codes if code != "001"}
    assert None not in known, "001 are tops of all kinds, told apart by their own codes"


def test_selectors_fill_in_what_a_page_says_nowhere_else() -> None:
    head = (
        '<meta property="og:title" content="오버핏 후드">'
        '<meta property="product:price:amount" content="59000">'
    )
    body = '<a href="/category/001004">후드</a><a href="/brand/basics">Basics</a>'
    url = "https://www.musinsa.com/products/1234"
    (found,) = read_page(page(body, head), url, _MUSINSA.selectors).products
    assert (found.title, found.brand, found.price) == ("오버핏 후드", "Basics", Decimal(59000))
    assert category_from(found.category_hints) is Category.HOODIE
