"""Sites that are away as a whole or in part, and hosts that can't be found or asked."""

from __future__ import annotations

import pytest

from tests.functional.crawl.conftest import CrawlCommand
from tests.functional.crawl.pages import links
from tests.functional.crawl.shop_site import Answer, ShopSite
from tests.functional.crawl.stock import PRODUCTS, put_stock, stored_of


@pytest.mark.parametrize("status", [429, 503, 521])
def test_a_site_that_goes_away_is_left_and_the_next_run_does_the_rest(
    shop: ShopSite, crawl: CrawlCommand, status: int
) -> None:
    put_stock(shop)
    there = dict(shop.routes)
    shop.routes["/p/6"] = lambda _: _go_away(shop, status)
    left = crawl(shop.url, "--concurrency", "1")
    assert (left.code, left.counts["ending"]) == (3, "site away")
    assert left.counts["waiting"] == PRODUCTS - 6
    assert len(stored_of(crawl)) == 6
    assert sum(shop.count(f"/p/{n}") > 0 for n in range(6, PRODUCTS)) < PRODUCTS - 6
    shop.routes.update(there)
    shop.forget()

    again = crawl(shop.url)
    assert (again.code, again.counts["resumed"], again.counts["ending"]) == (0, True, "finished")
    assert len(stored_of(crawl)) == PRODUCTS
    assert shop.count("/") == 0


def test_pages_that_fail_while_others_are_answered_are_given_up(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    for n in range(0, PRODUCTS, 3):
        shop.routes[f"/p/{n}"] = Answer("broken", 503)
    found = crawl(shop.url, "--concurrency", "1")
    assert (found.code, found.counts["waiting"]) == (3, 0)
    assert found.counts["left_out"] == {"page": len(range(0, PRODUCTS, 3))}


def test_a_broken_corner_does_not_end_the_run(shop: ShopSite, crawl: CrawlCommand) -> None:
    put_stock(shop)
    corner = [f"/old/{n}" for n in range(30)]
    shop.routes["/"] = Answer(links(*corner, *(f"/p/{n}" for n in range(PRODUCTS))))
    shop.routes.update({path: Answer("broken", 503) for path in corner})
    found = crawl(shop.url, "--concurrency", "1")
    assert (found.counts["ending"], found.counts["left_out"]) == ("finished", {"page": 30})
    assert len(stored_of(crawl)) == PRODUCTS
    assert {shop.count(path) for path in corner} == {3}
    assert shop.count("/") < 8, "it is asked rarely whether the shop is still there"


def test_pages_that_are_tried_again_are_not_used_up_either(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    crawl(shop.url, "--max-pages", str(PRODUCTS))
    for file in crawl.data.glob("catalog.sqlite*"):
        file.unlink()
    there = dict(shop.routes)
    _go_away(shop)
    left = crawl(shop.url, "--concurrency", "1")
    assert (left.counts["ending"], left.counts["waiting"]) == ("site away", PRODUCTS)
    shop.routes.update(there)
    assert crawl(shop.url).counts["new"] == PRODUCTS


def _go_away(shop: ShopSite, status: int = 503, host: str = "") -> Answer:
    away = Answer("come later", status, headers={"Retry-After": "120"})
    shop.routes.update({host + path: away for path in list(shop.routes) if path.startswith("/")})
    return away


def test_a_host_of_the_shop_that_was_never_there_does_not_end_the_run(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    blog = [f"http://blog.localhost/{n}" for n in range(8)]
    shop.routes["/"] = Answer(links(*blog, *(f"/p/{n}" for n in range(PRODUCTS))))
    shop.routes.update({page: Answer("broken", 503) for page in blog})
    found = crawl("http://localhost/", "--concurrency", "1", **_any_host(shop))
    assert (found.counts["ending"], found.counts["left_out"]) == ("finished", {"page": 8})
    assert found.counts["new"] == PRODUCTS


def test_nor_does_one_that_is_there_hide_one_that_is_away(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    pages = [(f"http://blog.localhost/{n}", f"/p/{n}") for n in range(PRODUCTS)]
    shop.routes["/"] = Answer(links(*(link for pair in pages for link in pair)))
    shop.routes.update({page: Answer(links()) for page, _ in pages})
    shop.routes["http://localhost/p/6"] = lambda _: _go_away(shop, host="http://localhost")
    left = crawl("http://localhost/", "--concurrency", "1", **_any_host(shop))
    assert (left.counts["ending"], left.counts["new"]) == ("site away", 6)
    assert "page" not in left.counts["left_out"]  # the last one's picture may not have come


def _any_host(shop: ShopSite) -> dict[str, str]:
    """The environment of a crawl to which the shop is every host, as its proxy."""
    return {"http_proxy": shop.url, "no_proxy": ""}


def test_a_host_that_only_the_proxy_can_find_is_the_proxy_s_to_find(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    assert crawl("http://shop.invalid/", **_any_host(shop)).counts["new"] == PRODUCTS
    past = crawl("http://shop.invalid/", http_proxy=shop.url, no_proxy="shop.invalid")
    assert "The host shop.invalid can't be found" in past.stderr


def test_a_run_that_may_not_go_on_loses_no_page(shop: ShopSite, crawl: CrawlCommand) -> None:
    put_stock(shop)
    assert crawl(shop.url, "--max-pages", "3").counts["waiting"] == PRODUCTS - 2
    shop.routes["/robots.txt"] = Answer("down", 503)
    refused = crawl(shop.url)
    assert (refused.code, refused.counts["ending"]) == (3, "site away")
    assert refused.counts["waiting"] == PRODUCTS - 2
    del shop.routes["/robots.txt"]
    assert crawl(shop.url).counts["ending"] == "finished"
    assert len(stored_of(crawl)) == PRODUCTS


@pytest.mark.parametrize("host", ["www.localhost", "en.localhost"])
def test_nor_does_one_whose_start_leads_to_another_host(
    shop: ShopSite, crawl: CrawlCommand, host: str
) -> None:
    put_stock(shop)
    shop.routes["http://localhost/"] = Answer(status=302, headers={"Location": f"http://{host}/"})
    assert crawl("http://localhost/", "--max-pages", "4", **_any_host(shop)).counts["new"] == 2
    shop.routes[f"http://{host}/robots.txt"] = Answer("down", 503)
    refused = crawl("http://localhost/", **_any_host(shop))
    assert (refused.code, refused.counts["ending"]) == (3, "site away")
    assert refused.counts["waiting"] == PRODUCTS - 2


def test_pages_that_wait_for_robots_txt_together_all_heed_it(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    crawl(shop.url, "--max-pages", "1")
    shop.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /p/", content_type="text/plain")
    shop.forget()
    assert crawl(shop.url).counts["left_out"] == {"robots": PRODUCTS}
    assert set(shop.counts()) == {"/robots.txt"}
