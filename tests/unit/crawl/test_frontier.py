"""What a crawl remembers, and what a killed one finds again."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.crawl.frontier import Frontier

_SHOP = "https://shop.example"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl" / "frontier.sqlite"


def test_pages_come_once_and_the_nearest_first(path: Path) -> None:
    frontier = Frontier(path)
    assert frontier.add([f"{_SHOP}/far"], 2) == [f"{_SHOP}/far"]
    assert frontier.add([f"{_SHOP}/near", f"{_SHOP}/near#top", f"{_SHOP}/far"], 1) == [
        f"{_SHOP}/near"
    ]
    taken = [frontier.take(), frontier.take(), frontier.take()]
    assert [page and page.url for page in taken] == [f"{_SHOP}/near", f"{_SHOP}/far", None]
    frontier.close()


def test_a_page_that_failed_waits_behind_those_not_tried(path: Path) -> None:
    frontier = Frontier(path)
    frontier.add([f"{_SHOP}/1", f"{_SHOP}/2"], 0)
    failed = frontier.take()
    assert failed is not None
    frontier.put_back(failed, failed.url)
    order = [frontier.take(), frontier.take()]
    assert [(page.url, page.tries) for page in order if page] == [
        (f"{_SHOP}/2", 0),
        (f"{_SHOP}/1", 1),
    ]
    frontier.close()


def test_what_a_killed_run_had_taken_waits_again_and_what_was_done_does_not(path: Path) -> None:
    killed = Frontier(path)
    killed.add([f"{_SHOP}/done", f"{_SHOP}/taken", f"{_SHOP}/waiting"], 0)
    done = killed.take()
    assert done is not None
    killed.finish([done.id])
    killed.take()

    again = Frontier(path)
    assert again.resumed
    assert (again.count("done"), again.count("waiting")) == (1, 2)
    assert again.add([f"{_SHOP}/done"], 3) == []
    again.close()
    killed.close()


def test_a_crawl_that_was_finished_begins_anew_and_knows_its_pictures(path: Path) -> None:
    first = Frontier(path)
    first.add([_SHOP], 0)
    page = first.take()
    assert page is not None
    first.keep_picture(f"{_SHOP}/a.jpg", "key", '"v1"', None)
    known = first.picture(f"{_SHOP}/a.jpg")
    assert known is not None
    assert known.fresh
    first.finish([page.id])
    first.close()

    second = Frontier(path)
    assert not second.resumed
    assert second.add([_SHOP], 0) == [_SHOP]
    remembered = second.picture(f"{_SHOP}/a.jpg")
    assert remembered is not None
    assert (remembered.image_key, remembered.etag, remembered.fresh) == ("key", '"v1"', False)
    second.close()


def test_a_product_belongs_to_the_first_page_that_claims_it(path: Path) -> None:
    frontier = Frontier(path)
    assert frontier.claim_product("S1", 7)
    assert frontier.claim_product("S1", 7)
    assert not frontier.claim_product("S1", 8)
    frontier.close()


def test_a_page_known_under_another_address_is_not_fetched(path: Path) -> None:
    frontier = Frontier(path)
    frontier.add([f"{_SHOP}/p/1"], 2)
    frontier.skip(f"{_SHOP}/p/1", 1)
    frontier.skip(f"{_SHOP}/p/2", 1)
    assert frontier.add([f"{_SHOP}/p/2"], 1) == []
    assert frontier.take() is None
    frontier.close()


def test_a_crawl_goes_on_by_its_own_terms_and_begins_anew_by_others(path: Path) -> None:
    terms = {"store": "a", "--currency": ""}
    first = Frontier(path)
    assert first.agree_on(terms) == []
    first.add([f"{_SHOP}/1", f"{_SHOP}/2"], 0)
    page = first.take()
    assert page is not None
    first.finish([page.id])
    first.close()

    again = Frontier(path)
    assert again.agree_on(terms) == []
    assert (again.resumed, again.count("done"), again.count("waiting")) == (True, 1, 1)
    again.close()

    other = Frontier(path)
    assert other.agree_on({**terms, "--currency": "EUR"}) == ["--currency"]
    assert (other.resumed, other.count("done"), other.count("waiting")) == (False, 0, 0)
    other.add([f"{_SHOP}/1"], 0)
    other.close()

    kept = Frontier(path)
    assert kept.agree_on({**terms, "--currency": "EUR"}) == []
    assert kept.resumed
    kept.close()


def test_pages_of_lost_products_wait_once_more(path: Path) -> None:
    frontier = Frontier(path)
    frontier.add([f"{_SHOP}/1", f"{_SHOP}/2", f"{_SHOP}/3"], 0)
    pages = [page for _ in range(3) if (page := frontier.take()) is not None]
    for product_id, page in zip("ABC", pages, strict=True):
        frontier.claim_product(product_id, page.id)
    frontier.finish([page.id for page in pages[:2]])
    assert sorted(frontier.done_products()) == ["A", "B"]
    frontier.look_again_for(["B"])
    again = frontier.take()
    assert again is not None
    assert again.url == f"{_SHOP}/2"
    assert frontier.take() is None
    frontier.close()


def test_a_page_that_no_longer_has_a_lost_product_is_looked_at_once(path: Path) -> None:
    frontier = Frontier(path)
    frontier.add([f"{_SHOP}/1", f"{_SHOP}/2"], 0)
    page = frontier.take()
    assert page is not None
    for product_id in "AB":
        frontier.claim_product(product_id, page.id)
    frontier.finish([page.id])
    frontier.look_again_for(["A"])
    frontier.take()
    again = frontier.take()
    assert again is not None
    assert again.id == page.id
    frontier.finish([again.id])  # it gives A no more: nobody claimed it
    frontier.close()

    reopened = Frontier(path)
    assert reopened.done_products() == ["B"]
    reopened.close()


def test_pages_of_lost_products_wait_behind_those_not_tried_yet(path: Path) -> None:
    frontier = Frontier(path)
    frontier.add([_SHOP], 0)
    page = frontier.take()
    assert page is not None
    frontier.claim_product("A", page.id)
    frontier.finish([page.id])
    frontier.add([f"{_SHOP}/deep"], 9)
    frontier.look_again_for(["A"])
    order = [frontier.take(), frontier.take()]
    assert [page.url for page in order if page] == [f"{_SHOP}/deep", _SHOP]
    frontier.close()


def test_a_page_that_is_given_up_has_no_products(path: Path) -> None:
    frontier = Frontier(path)
    frontier.add([f"{_SHOP}/1", f"{_SHOP}/2"], 0)
    pages = [page for _ in range(2) if (page := frontier.take()) is not None]
    for product_id, page in zip("AB", pages, strict=True):
        frontier.claim_product(product_id, page.id)
    frontier.finish([pages[0].id])
    frontier.give_up(pages[1])
    assert frontier.count("done") == 2
    assert frontier.done_products() == ["A"]
    assert frontier.claim_product("B", pages[0].id), "another page may have it"
    frontier.close()


def test_a_crawl_of_before_there_were_terms_goes_on(path: Path) -> None:
    earlier = Frontier(path)
    earlier.add([f"{_SHOP}/1", f"{_SHOP}/2"], 0)
    page = earlier.take()
    assert page is not None
    earlier.finish([page.id])
    earlier.close()

    taken_over = Frontier(path)
    assert taken_over.agree_on({"store": "a", "--currency": ""}) == []
    assert (taken_over.resumed, taken_over.count("done")) == (True, 1)
    assert taken_over.agree_on({"store": "a", "--currency": "", "--new": "1"}) == []
    assert taken_over.resumed
    assert taken_over.agree_on({"store": "b", "--currency": "", "--new": "1"}) == ["store"]
    taken_over.close()
