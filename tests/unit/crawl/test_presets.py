"""The preset, over a page of the form that it was written for; the shop itself is out of reach."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog.crawl.category_codes import in_words
from catalog.crawl.listings import listing_of
from catalog.crawl.page_products import read_page
from catalog.crawl.plan import CrawlPlan
from catalog.crawl.presets import PRESETS
from catalog.crawl.site import Site
from catalog.importers.listing import RowError
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
    known = {category_of(in_words(code, _MUSINSA.codes)) for code in codes if code != "001"}
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
    plan = CrawlPlan((url,), Site.of(url), currency="KRW", codes=_MUSINSA.codes)
    assert listing_of(found, plan).category is Category.HOODIE
    shoe = replace(found, category_hints=("/category/103005",), title="1234")
    assert listing_of(shoe, plan).category is Category.SHOES
    with pytest.raises(RowError, match="'/category/103005' means none of the 13"):
        listing_of(shoe, replace(plan, codes={}))


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        ("100", "dress"),
        ("103001002", "shoes"),
        ("/category/103002", "shoes"),
        ("/category/101001?sort=new", "hat"),
        ("/category/100025/", "dress"),
    ],
)
def test_a_code_has_three_digits_a_level_and_means_what_its_prefix_does(
    hint: str, words: str
) -> None:
    assert in_words(hint, _MUSINSA.codes) == words


@pytest.mark.parametrize("hint", ["1001", "101999", "003002", "Women > 100", "/p/1001", "후드"])
def test_what_is_no_code_of_the_shop_s_stays_as_it_is(hint: str) -> None:
    assert in_words(hint, _MUSINSA.codes) == hint
