"""Runs that are cut off and go on, and crawls that come back later."""

from __future__ import annotations

import fcntl
import signal
import sqlite3
import subprocess
import threading
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.functional.crawl.conftest import CrawlCommand
from tests.functional.crawl.pages import links, picture, put_product
from tests.functional.crawl.shop_site import Answer, Asked, ShopSite

_PRODUCTS = 20


def _stock(shop: ShopSite) -> None:
    shop.routes["/"] = Answer(links(*(f"/p/{n}" for n in range(_PRODUCTS))))
    for n in range(_PRODUCTS):
        put_product(shop, f"/p/{n}", f"S{n}")


def _hold_from(shop: ShopSite, first: int) -> threading.Event:
    """Let the shop keep back products from this number on, until the event."""
    gate = threading.Event()
    for n in range(first, _PRODUCTS):
        ready = shop.routes[f"/p/{n}"]
        assert isinstance(ready, Answer)
        shop.routes[f"/p/{n}"] = Answer(ready.body, hold=gate)
    return gate


def _until_it_says(run: subprocess.Popen[str], words: str) -> None:
    assert run.stderr is not None
    while words not in (line := run.stderr.readline()):
        assert line, f"it ended without saying {words!r}"


def _stored(crawl: CrawlCommand) -> set[str]:
    with crawl.store() as store:
        return store.existing_ids(f"127.0.0.1:S{n}" for n in range(_PRODUCTS))


def test_a_killed_crawl_goes_on_without_fetching_what_was_done(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    gate = _hold_from(shop, _PRODUCTS - 4)
    with crawl.store() as store:
        ids = [f"127.0.0.1:S{n}" for n in range(_PRODUCTS)]
        run = crawl.start(shop.url)
        shop.wait_until(lambda _: len(store.existing_ids(ids)) >= 4)
        run.kill()
        crawl.finish(run)
        stored = store.existing_ids(ids)
    done = _done_paths(crawl)
    assert {f"127.0.0.1:S{path.removeprefix('/p/')}" for path in done - {"/"}} <= stored
    assert len(done) > 1
    shop.forget()
    gate.set()

    again = crawl(shop.url)
    assert (again.code, again.counts["resumed"], again.counts["ending"]) == (0, True, "finished")
    assert len(_stored(crawl)) == _PRODUCTS
    assert not done & set(shop.counts())


def _done_paths(crawl: CrawlCommand) -> set[str]:
    (state,) = (crawl.data / "crawl").glob("*.sqlite")
    with closing(sqlite3.connect(state)) as frontier:
        rows = frontier.execute("SELECT url FROM pages WHERE state = 'done'").fetchall()
    return {urlsplit(url).path for (url,) in rows}


def test_ctrl_c_finishes_the_pages_under_way_and_the_next_run_does_the_rest(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    gate = _hold_from(shop, 4)
    run = crawl.start(shop.url)
    shop.wait_until(lambda s: any(s.count(f"/p/{n}") for n in range(4, _PRODUCTS)))
    run.send_signal(signal.SIGINT)
    _until_it_says(run, "Ctrl-C again")
    gate.set()
    stopped = crawl.finish(run)
    assert (stopped.code, stopped.counts["ending"]) == (130, "stopped")
    assert stopped.counts["waiting"] > 0
    assert stopped.counts["new"] == len(_stored(crawl)) > 0

    rest = crawl(shop.url)
    assert (rest.code, rest.counts["resumed"]) == (0, True)
    assert len(_stored(crawl)) == _PRODUCTS
    asked = shop.counts()
    del asked["/robots.txt"]
    assert set(asked.values()) == {1}


def test_a_crawl_keeps_a_second_one_out_and_a_second_ctrl_c_ends_it_at_once(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    _hold_from(shop, 0)
    run = crawl.start(shop.url, "--timeout", "600")
    shop.wait_until(lambda s: any(s.count(f"/p/{n}") for n in range(_PRODUCTS)))
    refused = crawl(shop.url)
    assert (refused.code, refused.counts) == (1, {})
    assert "is being crawled by another process" in refused.stderr

    run.send_signal(signal.SIGTERM)
    _until_it_says(run, "Ctrl-C again")
    run.send_signal(signal.SIGINT)
    stopped = crawl.finish(run)
    assert (stopped.code, stopped.counts["ending"]) == (130, "stopped")
    assert stopped.counts["waiting"] == _PRODUCTS


def test_a_crawl_that_is_kept_out_leaves_the_other_s_report_as_it_is(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    shop.routes["/"] = Answer(links("/gone"))
    told = crawl(shop.url).left_out
    (lock,) = (crawl.data / "crawl").glob("*.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused = crawl(shop.url)
    assert (refused.code, refused.left_out) == (1, told)
    assert told


def test_runs_up_to_a_page_limit_make_one_crawl_and_a_later_crawl_tells_what_changed(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    bodies = {"/img/S1.png": (picture(1), '"v1"'), "/img/S2.png": (picture(2), '"v1"')}

    def tagged(asked: Asked) -> Answer:
        body, etag = bodies[asked.target]
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body, content_type="image/png", headers={"ETag": etag})

    shop.routes["/img/S1.png"] = shop.routes["/img/S2.png"] = tagged
    first = crawl(shop.url, "--max-pages", "5")
    assert (first.code, first.counts["ending"], first.counts["pages"]) == (0, "page limit", 5)
    assert (first.counts["new"], first.counts["waiting"]) == (4, _PRODUCTS - 4)
    second = crawl(shop.url)
    assert (second.counts["new"], second.counts["ending"]) == (_PRODUCTS - 4, "finished")

    shop.forget()
    bodies["/img/S2.png"] = (picture(99), '"v2"')
    offer = {"@type": "Offer", "price": "9.90", "priceCurrency": "EUR"}
    put_product(shop, "/p/3", "S3", offers=offer)
    put_product(shop, "/p/4", "S4", image="/img/lost.png")
    later = crawl(shop.url).counts
    assert (later["resumed"], later["new"]) == (False, 0)
    assert (later["changed"], later["unchanged"]) == (2, _PRODUCTS - 2)
    assert later["pictures_fetched"] == 1
    assert shop.count("/img/S1.png") == shop.count("/img/S2.png") == 1
    assert shop.count("/img/S5.png") == 0
    with crawl.store() as store:
        kept = store.get_product("127.0.0.1:S4")
    assert kept is not None
    assert kept.image_key is not None, "a picture that is lost for now stays as it was"


def test_a_store_that_takes_no_more_ends_the_crawl_and_loses_nothing(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    gate = _hold_from(shop, 0)
    run = crawl.start(shop.url)
    shop.wait_until(lambda s: any(s.count(f"/p/{n}") for n in range(_PRODUCTS)))
    with closing(sqlite3.connect(crawl.data / "catalog.sqlite")) as database:
        database.execute("ALTER TABLE products RENAME TO elsewhere")
        gate.set()
        ended = crawl.finish(run)
        database.execute("ALTER TABLE elsewhere RENAME TO products")
    assert ended.code == 1
    assert "The store takes no more" in ended.stderr

    again = crawl(shop.url)
    assert (again.code, again.counts["resumed"]) == (0, True)
    assert len(_stored(crawl)) == _PRODUCTS


def test_what_the_start_page_redirects_to_is_fetched_whatever_is_followed(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    shop.routes["/"] = Answer(status=302, headers={"Location": "/en"})
    shop.routes["/en"] = Answer(status=301, headers={"Location": "/en/"})
    shop.routes["/en/"] = Answer(links("/p/1", "/moved/p/2", "/about"))
    put_product(shop, "/p/1", "S1")
    shop.routes["/moved/p/2"] = Answer(status=302, headers={"Location": "/about"})
    outcome = crawl(shop.url, "--follow", "/(c|p)/")
    assert (outcome.code, outcome.counts["new"], outcome.counts["ending"]) == (0, 1, "finished")
    assert set(shop.counts()) == {
        *("/robots.txt", "/", "/en", "/en/", "/p/1", "/moved/p/2", "/img/S1.png")
    }


def test_a_start_page_that_redirects_without_end_is_given_up(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    def on(asked: Asked) -> Answer:
        number = int(asked.target.partition("=")[2] or 0)
        return Answer(status=302, headers={"Location": f"/?n={number + 1}"})

    shop.routes["/"] = on
    given_up = crawl(shop.url, "--max-pages", "200")
    assert (given_up.code, given_up.counts["left_out"]) == (3, {"page": 1})
    assert given_up.counts["pages"] < 100


@pytest.mark.parametrize("status", [429, 503, 521])
def test_a_site_that_goes_away_is_left_and_the_next_run_does_the_rest(
    shop: ShopSite, crawl: CrawlCommand, status: int
) -> None:
    _stock(shop)
    there = dict(shop.routes)
    shop.routes["/p/6"] = lambda _: _go_away(shop, status)
    left = crawl(shop.url, "--concurrency", "1")
    assert (left.code, left.counts["ending"]) == (3, "site away")
    assert left.counts["waiting"] == _PRODUCTS - 6
    assert len(_stored(crawl)) == 6
    assert sum(shop.count(f"/p/{n}") > 0 for n in range(6, _PRODUCTS)) < _PRODUCTS - 6
    shop.routes.update(there)
    shop.forget()

    again = crawl(shop.url)
    assert (again.code, again.counts["resumed"], again.counts["ending"]) == (0, True, "finished")
    assert len(_stored(crawl)) == _PRODUCTS
    assert shop.count("/") == 0


def test_pages_that_fail_while_others_are_answered_are_given_up(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    for n in range(0, _PRODUCTS, 3):
        shop.routes[f"/p/{n}"] = Answer("broken", 503)
    found = crawl(shop.url, "--concurrency", "1")
    assert (found.code, found.counts["waiting"]) == (3, 0)
    assert found.counts["left_out"] == {"page": len(range(0, _PRODUCTS, 3))}


def test_a_broken_corner_does_not_end_the_run(shop: ShopSite, crawl: CrawlCommand) -> None:
    _stock(shop)
    corner = [f"/old/{n}" for n in range(30)]
    shop.routes["/"] = Answer(links(*corner, *(f"/p/{n}" for n in range(_PRODUCTS))))
    shop.routes.update({path: Answer("broken", 503) for path in corner})
    found = crawl(shop.url, "--concurrency", "1")
    assert (found.counts["ending"], found.counts["left_out"]) == ("finished", {"page": 30})
    assert len(_stored(crawl)) == _PRODUCTS
    assert {shop.count(path) for path in corner} == {3}
    assert shop.count("/") < 8, "it is asked rarely whether the shop is still there"


def test_pages_that_are_tried_again_are_not_used_up_either(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    crawl(shop.url, "--max-pages", str(_PRODUCTS))
    for file in crawl.data.glob("catalog.sqlite*"):
        file.unlink()
    there = dict(shop.routes)
    _go_away(shop)
    left = crawl(shop.url, "--concurrency", "1")
    assert (left.counts["ending"], left.counts["waiting"]) == ("site away", _PRODUCTS)
    shop.routes.update(there)
    assert crawl(shop.url).counts["new"] == _PRODUCTS


def _go_away(shop: ShopSite, status: int = 503, host: str = "") -> Answer:
    away = Answer("come later", status, headers={"Retry-After": "120"})
    shop.routes.update({host + path: away for path in list(shop.routes) if path.startswith("/")})
    return away


def test_a_host_of_the_shop_that_was_never_there_does_not_end_the_run(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    blog = [f"http://blog.localhost/{n}" for n in range(8)]
    shop.routes["/"] = Answer(links(*blog, *(f"/p/{n}" for n in range(_PRODUCTS))))
    shop.routes.update({page: Answer("broken", 503) for page in blog})
    found = crawl("http://localhost/", "--concurrency", "1", **_any_host(shop))
    assert (found.counts["ending"], found.counts["left_out"]) == ("finished", {"page": 8})
    assert found.counts["new"] == _PRODUCTS


def test_nor_does_one_that_is_there_hide_one_that_is_away(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    pages = [(f"http://blog.localhost/{n}", f"/p/{n}") for n in range(_PRODUCTS)]
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
    _stock(shop)
    assert crawl("http://shop.invalid/", **_any_host(shop)).counts["new"] == _PRODUCTS
    past = crawl("http://shop.invalid/", http_proxy=shop.url, no_proxy="shop.invalid")
    assert "The host shop.invalid can't be found" in past.stderr


def test_a_run_that_may_not_go_on_loses_no_page(shop: ShopSite, crawl: CrawlCommand) -> None:
    _stock(shop)
    assert crawl(shop.url, "--max-pages", "3").counts["waiting"] == _PRODUCTS - 2
    shop.routes["/robots.txt"] = Answer("down", 503)
    refused = crawl(shop.url)
    assert (refused.code, refused.counts["ending"]) == (3, "site away")
    assert refused.counts["waiting"] == _PRODUCTS - 2
    del shop.routes["/robots.txt"]
    assert crawl(shop.url).counts["ending"] == "finished"
    assert len(_stored(crawl)) == _PRODUCTS


@pytest.mark.parametrize("host", ["www.localhost", "en.localhost"])
def test_nor_does_one_whose_start_leads_to_another_host(
    shop: ShopSite, crawl: CrawlCommand, host: str
) -> None:
    _stock(shop)
    shop.routes["http://localhost/"] = Answer(status=302, headers={"Location": f"http://{host}/"})
    assert crawl("http://localhost/", "--max-pages", "4", **_any_host(shop)).counts["new"] == 2
    shop.routes[f"http://{host}/robots.txt"] = Answer("down", 503)
    refused = crawl("http://localhost/", **_any_host(shop))
    assert (refused.code, refused.counts["ending"]) == (3, "site away")
    assert refused.counts["waiting"] == _PRODUCTS - 2


def test_pages_that_wait_for_robots_txt_together_all_heed_it(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    _stock(shop)
    crawl(shop.url, "--max-pages", "1")
    shop.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /p/", content_type="text/plain")
    shop.forget()
    assert crawl(shop.url).counts["left_out"] == {"robots": _PRODUCTS}
    assert set(shop.counts()) == {"/robots.txt"}
