"""Crawls that end early, or do not begin."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.catalog.app import app
from tests.functional.crawl.conftest import CrawlCommand
from tests.functional.crawl.pages import links, page, put_product
from tests.functional.crawl.shop_site import Answer, ShopSite


def test_a_run_ends_at_its_time_limit(shop: ShopSite, crawl: CrawlCommand) -> None:
    shop.routes["/"] = Answer(hold=threading.Event())
    ended = crawl(shop.url, "--max-minutes", "0.01", "--timeout", "1")
    assert (ended.code, ended.counts["ending"]) == (0, "time limit")
    assert ended.counts["waiting"] == 1


def test_a_page_that_does_not_come_in_time_is_tried_again_and_told(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    shop.routes["/"] = Answer(hold=threading.Event())
    slow = crawl(shop.url, "--timeout", "1.5")  # which its robots.txt has to keep
    assert slow.reason_for("/") == "did not answer in time"
    assert shop.count("/") == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_site_whose_robots_txt_can_t_be_read_is_not_crawled(
    shop: ShopSite, crawl: CrawlCommand, status: int
) -> None:
    put_product(shop, "/", "S1")
    shop.routes["/robots.txt"] = Answer("down", status)
    refused = crawl(shop.url)
    assert (
        refused.reason_for("/") == f"is left alone, for the robots.txt there is answered {status}"
    )
    assert set(shop.counts()) == {"/robots.txt"}
    assert (refused.counts["ending"], refused.counts["waiting"]) == ("site away", 1)
    assert (refused.code, refused.counts["left_out"]) == (3, {"robots_unread": 1})


def test_a_shop_that_takes_no_connections_is_something_to_be_told_of(crawl: CrawlCommand) -> None:
    with ShopSite() as closed:
        url = closed.url
    refused = crawl(url)
    assert (refused.code, refused.counts["left_out"]) == (3, {"robots_unread": 1})
    assert "refuses the connection" in refused.left_out[0]["reason"]


def test_a_shop_that_wants_no_crawler_is_left_alone_as_it_wishes(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_product(shop, "/", "S1")
    shop.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /\n", content_type="text/plain")
    refused = crawl(shop.url)
    assert (refused.code, refused.counts["left_out"]) == (3, {"robots": 1})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer("gone", 404), "not_found"),
        (Answer(status=302, headers={"Location": "http://elsewhere.example/"}), "off_site"),
        (Answer(status=302, headers={"Location": "/en"}), "not_found"),
    ],
)
def test_a_crawl_that_could_not_begin_is_none_that_went_well(
    shop: ShopSite, crawl: CrawlCommand, answer: Answer, kind: str
) -> None:
    shop.routes["/"] = answer
    refused = crawl(shop.url)
    assert (refused.code, refused.counts["left_out"]) == (3, {kind: 1})


def test_a_page_of_the_start_s_list_that_is_not_there_is_no_start(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    shop.routes["/"] = Answer(page('<a rel="next" href="/?page=2">more</a><a href="/p/1">1</a>'))
    shop.routes["/?page=2"] = Answer("gone", 404)
    put_product(shop, "/p/1", "S1")
    found = crawl(shop.url)
    assert (found.code, found.counts["left_out"]) == (0, {"not_found": 1})


def test_dead_links_hide_no_products_of_their_kind(shop: ShopSite, crawl: CrawlCommand) -> None:
    dead, moved = [f"/p/{n}" for n in range(55)], [f"/old/{n}" for n in range(55)]
    shop.routes["/"] = Answer(links(*dead, *moved, "/p/100", "/old/100"))
    shop.routes.update({path: Answer(status=301, headers={"Location": "/"}) for path in moved})
    put_product(shop, "/p/100", "S100")
    put_product(shop, "/old/100", "OLD100")
    found = crawl(shop.url)
    assert (found.counts["new"], found.counts["left_out"]) == (2, {"not_found": 55})


def test_a_picture_that_redirects_without_end_is_told_so(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_product(shop, "/", "S1")
    shop.routes["/img/S1.png"] = Answer(status=302, headers={"Location": "/img/S1.png"})
    found = crawl(shop.url)
    assert found.left_out[0]["reason"] == (
        f"picture {shop.url}/img/S1.png leads from one address to the next without end"
    )


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["ftp://shop.example"], "is no http or https address"),
        (["http://"], "is no http or https address"),
        ([], "either the address of a shop or a --preset"),
        (["--preset", "nowhere"], "is none of: musinsa"),
        (["http://shop.example", "--follow", "("], "is no regular expression"),
        (["http://shop.invalid"], "can't be found"),
    ],
)
def test_what_can_t_be_crawled_is_told_in_a_sentence(
    tmp_path: Path, options: list[str], told: str
) -> None:
    shown = CliRunner().invoke(app, ["crawl", *options, "--data", str(tmp_path)])
    assert shown.exit_code == 1
    assert told in " ".join(shown.stderr.split())
    assert "Traceback" not in shown.stderr
