"""An unfinished crawl that is run again for another store, with other options, or after a loss."""

from __future__ import annotations

import pytest

from catalog.store import open_store
from tests.functional.crawl.conftest import CrawlCommand
from tests.functional.crawl.pages import links, put_product
from tests.functional.crawl.shop_site import Answer, ShopSite

_IDS = [f"127.0.0.1:S{n}" for n in range(3)]
_AGAIN = "all pages are fetched again"


@pytest.fixture
def cut_off(shop: ShopSite, crawl: CrawlCommand) -> CrawlCommand:
    """A crawl with two of three products in the store and a page left."""
    shop.routes["/"] = Answer(links("/p/0", "/p/1", "/p/2", "/about/us"))
    shop.routes["/about/us"] = Answer(links())
    for n in range(3):
        put_product(shop, f"/p/{n}", f"S{n}")
    first = crawl(shop.url, "--max-pages", "3")
    assert (first.counts["ending"], first.counts["new"]) == ("page limit", 2)
    shop.forget()
    return crawl


def test_other_options_begin_anew_and_say_so(shop: ShopSite, cut_off: CrawlCommand) -> None:
    outcome = cut_off(shop.url, "--currency", "EUR", "--follow", "/p/")
    assert "(--currency, --follow)" in outcome.stderr
    assert _AGAIN in outcome.stderr
    assert (outcome.counts["resumed"], outcome.counts["ending"]) == (False, "finished")
    assert (outcome.counts["new"], outcome.counts["unchanged"]) == (1, 2)
    assert shop.count("/about/us") == 0


def test_products_that_were_left_out_come_in_with_the_options_that_they_lacked(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    shop.routes["/"] = Answer(links("/p/0", "/p/1", "/p/2"))
    for n in range(3):
        put_product(shop, f"/p/{n}", f"S{n}", category="Mystery")
    assert crawl(shop.url, "--max-pages", "3").counts["left_out"]["product"] == 2
    assert crawl(shop.url, "--category", "dress").counts["new"] == 3


def test_another_store_gets_all_products(shop: ShopSite, cut_off: CrawlCommand) -> None:
    other = f"sqlite:///{cut_off.data / 'other.sqlite'}"
    outcome = cut_off(shop.url, LOOKALIKE_STORE_URL=other)
    assert "(store)" in outcome.stderr
    assert (outcome.counts["new"], outcome.counts["ending"]) == (3, "finished")
    with open_store(other) as store:
        assert store.existing_ids(_IDS) == set(_IDS)


def test_what_the_store_has_lost_is_fetched_again_and_nothing_else(
    shop: ShopSite, cut_off: CrawlCommand
) -> None:
    with cut_off.store() as store:
        (lost, *_) = store.existing_ids(_IDS)
        store.delete_product(lost)
    outcome = cut_off(shop.url)
    assert "1 products of this crawl are no longer in the store" in outcome.stderr
    assert (outcome.counts["resumed"], outcome.counts["new"]) == (True, 2)
    assert shop.count("/") == 0
    with cut_off.store() as store:
        assert store.existing_ids(_IDS) == set(_IDS)


def test_a_deleted_store_gets_all_products(shop: ShopSite, cut_off: CrawlCommand) -> None:
    (cut_off.data / "catalog.sqlite").unlink()
    assert cut_off(shop.url).counts["new"] == 3


def test_the_same_terms_go_on_without_a_word(shop: ShopSite, cut_off: CrawlCommand) -> None:
    outcome = cut_off(shop.url, "--max-minutes", "5")
    assert "fetched again" not in outcome.stderr
    assert (outcome.counts["resumed"], outcome.counts["new"]) == (True, 1)
    assert shop.count("/") == 0
