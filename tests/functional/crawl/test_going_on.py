"""Runs that are cut off and go on, and crawls that come back later."""

from __future__ import annotations

import fcntl
import signal
import sqlite3
import subprocess
import threading
from contextlib import closing
from urllib.parse import urlsplit

from tests.functional.crawl.conftest import CrawlCommand
from tests.functional.crawl.pages import links, picture, put_product
from tests.functional.crawl.shop_site import Answer, Asked, ShopSite
from tests.functional.crawl.stock import PRODUCTS, put_stock, stored_of


def _hold_from(shop: ShopSite, first: int) -> threading.Event:
    """Let the shop keep back products from this number on, until the event."""
    gate = threading.Event()
    for n in range(first, PRODUCTS):
        ready = shop.routes[f"/p/{n}"]
        assert isinstance(ready, Answer)
        shop.routes[f"/p/{n}"] = Answer(ready.body, hold=gate)
    return gate


def _until_it_says(run: subprocess.Popen[str], words: str) -> None:
    assert run.stderr is not None
    while words not in (line := run.stderr.readline()):
        assert line, f"it ended without saying {words!r}"


def test_a_killed_crawl_goes_on_without_fetching_what_was_done(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    gate = _hold_from(shop, PRODUCTS - 4)
    with crawl.store() as store:
        ids = [f"127.0.0.1:S{n}" for n in range(PRODUCTS)]
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
    assert len(stored_of(crawl)) == PRODUCTS
    assert not done & set(shop.counts())


def _done_paths(crawl: CrawlCommand) -> set[str]:
    (state,) = (crawl.data / "crawl").glob("*.sqlite")
    with closing(sqlite3.connect(state)) as frontier:
        rows = frontier.execute("SELECT url FROM pages WHERE state = 'done'").fetchall()
    return {urlsplit(url).path for (url,) in rows}


def test_ctrl_c_finishes_the_pages_under_way_and_the_next_run_does_the_rest(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    gate = _hold_from(shop, 4)
    run = crawl.start(shop.url)
    shop.wait_until(lambda s: any(s.count(f"/p/{n}") for n in range(4, PRODUCTS)))
    run.send_signal(signal.SIGINT)
    _until_it_says(run, "Ctrl-C again")
    gate.set()
    stopped = crawl.finish(run)
    assert (stopped.code, stopped.counts["ending"]) == (130, "stopped")
    assert stopped.counts["waiting"] > 0
    assert stopped.counts["new"] == len(stored_of(crawl)) > 0

    rest = crawl(shop.url)
    assert (rest.code, rest.counts["resumed"]) == (0, True)
    assert len(stored_of(crawl)) == PRODUCTS
    asked = shop.counts()
    del asked["/robots.txt"]
    assert set(asked.values()) == {1}


def test_a_crawl_keeps_a_second_one_out_and_a_second_ctrl_c_ends_it_at_once(
    shop: ShopSite, crawl: CrawlCommand
) -> None:
    put_stock(shop)
    _hold_from(shop, 0)
    run = crawl.start(shop.url, "--timeout", "600")
    shop.wait_until(lambda s: any(s.count(f"/p/{n}") for n in range(PRODUCTS)))
    refused = crawl(shop.url)
    assert (refused.code, refused.counts) == (1, {})
    assert "is being crawled by another process" in refused.stderr

    run.send_signal(signal.SIGTERM)
    _until_it_says(run, "Ctrl-C again")
    run.send_signal(signal.SIGINT)
    stopped = crawl.finish(run)
    assert (stopped.code, stopped.counts["ending"]) == (130, "stopped")
    assert stopped.counts["waiting"] == PRODUCTS


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
    put_stock(shop)
    bodies = {"/img/S1.png": (picture(1), '"v1"'), "/img/S2.png": (picture(2), '"v1"')}

    def tagged(asked: Asked) -> Answer:
        body, etag = bodies[asked.target]
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body, content_type="image/png", headers={"ETag": etag})

    shop.routes["/img/S1.png"] = shop.routes["/img/S2.png"] = tagged
    first = crawl(shop.url, "--max-pages", "5")
    assert (first.code, first.counts["ending"], first.counts["pages"]) == (0, "page limit", 5)
    assert (first.counts["new"], first.counts["waiting"]) == (4, PRODUCTS - 4)
    second = crawl(shop.url)
    assert (second.counts["new"], second.counts["ending"]) == (PRODUCTS - 4, "finished")

    shop.forget()
    bodies["/img/S2.png"] = (picture(99), '"v2"')
    offer = {"@type": "Offer", "price": "9.90", "priceCurrency": "EUR"}
    put_product(shop, "/p/3", "S3", offers=offer)
    put_product(shop, "/p/4", "S4", image="/img/lost.png")
    later = crawl(shop.url).counts
    assert (later["resumed"], later["new"]) == (False, 0)
    assert (later["changed"], later["unchanged"]) == (2, PRODUCTS - 2)
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
    put_stock(shop)
    gate = _hold_from(shop, 0)
    run = crawl.start(shop.url)
    shop.wait_until(lambda s: any(s.count(f"/p/{n}") for n in range(PRODUCTS)))
    with closing(sqlite3.connect(crawl.data / "catalog.sqlite")) as database:
        database.execute("ALTER TABLE products RENAME TO elsewhere")
        gate.set()
        ended = crawl.finish(run)
        database.execute("ALTER TABLE elsewhere RENAME TO products")
    assert ended.code == 1
    assert "The store takes no more" in ended.stderr

    again = crawl(shop.url)
    assert (again.code, again.counts["resumed"]) == (0, True)
    assert len(stored_of(crawl)) == PRODUCTS


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
