"""One crawl over a shop that has a bit of everything, good and bad."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from catalog.images import ImageFolder
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from tests.functional.crawl.conftest import CrawlCommand, Outcome
from tests.functional.crawl.pages import json_ld, links, page, picture, product, put_product
from tests.functional.crawl.shop_site import Answer, Asked, ShopSite

_GOOD = ("A1", "A2", "A3", "A4")
_INSIDE = ("IN0", "IN1", "IN2", "IN3", "IN4", "IN5", "INR")
_UNDER_WAY = 16
"""Eight requests at once, and as many answers that wait to be read."""


@dataclass(frozen=True, slots=True)
class Crawled:
    shop: ShopSite
    elsewhere: ShopSite
    outcome: Outcome
    products: dict[str, Product]
    data: Path


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    data = tmp_path_factory.mktemp("shop")
    with ShopSite() as shop, ShopSite() as elsewhere:
        _stock(shop, elsewhere)
        crawl = CrawlCommand(data)
        outcome = crawl(
            shop.url, "--id-prefix", "", "--contact", "shop@example.org", "--currency", "KRW"
        )
        with crawl.store() as store:
            ids = [change.product_id for change in store.changes_since(0)]
            products = {i: p for i in ids if (p := store.get_product(i)) is not None}
        yield Crawled(shop, elsewhere, outcome, products, data)


def _stock(shop: ShopSite, elsewhere: ShopSite) -> None:
    shop.routes["/robots.txt"] = Answer("User-agent: lookalike\nDisallow: /private\n")
    shop.routes["/"] = Answer(
        links(
            "/c/dresses?utm_source=front",
            "/sale/5",
            "/private/offer",
            "/old",
            "/away",
            "/loop",
            f"{elsewhere.url}/other-shop",
            "mailto:shop@example.org",
            "/faults",
            "/korea",
            "/calendar?month=1",
            "/inside",
            "/c/coats",
        )
    )
    shop.routes["/c/dresses"] = Answer(links("/p/1", "/p/2", "/c/dresses?page=2"))
    shop.routes["/c/dresses?page=2"] = Answer(
        links("/p/3", "/p/3?utm_campaign=x", "/c/dresses?page=3#top")
    )
    shop.routes["/c/dresses?page=3"] = Answer(links("/p/4", "/again/3", "/c/dresses"))
    for n, sku in enumerate(_GOOD, 1):
        put_product(shop, f"/p/{n}", sku)
    shop.routes["/again/3"] = Answer(page("", json_ld(product("A3"))))
    put_product(shop, "/p/5", "A5")
    canonical = f'<link rel="canonical" href="{shop.url}/p/5">'
    shop.routes["/sale/5"] = Answer(
        page('<a href="/p/5">here</a>', canonical + json_ld(product("A5")))
    )
    card = json_ld(product("A6", url="/p/6"))
    shop.routes["/c/coats"] = Answer(page("<h1>Coats</h1>", card))
    put_product(shop, "/p/6", "A6", url="/p/6")
    shop.routes["/old"] = Answer(status=301, headers={"Location": "/p/new"})
    put_product(shop, "/p/new", "NEW", category="Women > Skirts")
    shop.routes["/away"] = Answer(status=302, headers={"Location": f"{elsewhere.url}/p/1"})
    shop.routes["/loop"] = Answer(status=302, headers={"Location": "/loop"})
    put_product(shop, "/private/offer", "SECRET")
    shop.routes["/calendar"] = _month
    _stock_inside(shop, elsewhere)
    _stock_faults(shop)
    _stock_korea(shop)


def _month(asked: Asked) -> Answer:
    """A calendar without end, each month a page that links to the next forty."""
    month = int(asked.target.rpartition("=")[2])
    return Answer(links("/", *(f"/calendar?month={month + n}" for n in range(1, 41))))


def _stock_inside(shop: ShopSite, elsewhere: ShopSite) -> None:
    """Products whose pictures lie on another service of the shop's own network."""
    names = ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]")
    shop.routes["/inside"] = Answer(
        links("/inside/redirect", *(f"/inside/{n}" for n in range(len(names))))
    )
    for n, name in enumerate(names):
        put_product(shop, f"/inside/{n}", f"IN{n}", image=f"http://{name}:{elsewhere.port}/secret")
    put_product(shop, "/inside/redirect", "INR", image="/img/moved.png")
    target = {"Location": f"{elsewhere.url}/secret"}
    shop.routes["/img/moved.png"] = Answer(status=302, headers=target)


def _stock_faults(shop: ShopSite) -> None:
    names = (
        "500 cut bomb invalid-json no-price bag html-picture huge-picture no-picture odd-picture "
        "pdf empty gone"
    )
    shop.routes["/faults"] = Answer(links(*(f"/bad/{name}" for name in names.split())))
    shop.routes["/bad/500"] = Answer("boom", 500)
    shop.routes["/bad/cut"] = Answer("<html>", headers={"Content-Length": "5000"})
    shop.routes["/bad/bomb"] = Answer(
        gzip.compress(bytes(6_000_000)), headers={"Content-Encoding": "gzip"}
    )
    fine = json_ld(product("BESIDE", image="/img/A1.png"))
    shop.routes["/bad/invalid-json"] = Answer(page("", json_ld('{"@type": "Product", ') + fine))
    put_product(shop, "/bad/no-price", "FREE", offers=None)
    put_product(shop, "/bad/bag", "BAG", category="Women > Bags")
    put_product(shop, "/bad/html-picture", "HTMLPIC", image="/")
    put_product(shop, "/bad/huge-picture", "HUGEPIC", image="/img/huge.png")
    shop.routes["/img/huge.png"] = Answer(bytes(16_000_000), content_type="image/png")
    put_product(shop, "/bad/no-picture", "NOPIC", image=None)
    put_product(shop, "/bad/odd-picture", "ODDPIC", image="/img/" + "a" * 2000)
    shop.routes["/bad/pdf"] = Answer(b"%PDF-1.7", content_type="application/pdf")
    shop.routes["/bad/empty"] = Answer("")


def _stock_korea(shop: ShopSite) -> None:
    shop.routes["/korea"] = Answer(links("/kr/utf8", "/kr/euckr", "/kr/abroad"))
    shop.routes["/img/kr.png"] = Answer(picture(3), content_type="image/png")
    offer = {"@type": "Offer", "price": "39,000원"}
    wide = product("KR1", name="와이드 데님 팬츠", category="바지 > 데님 팬츠", offers=offer)
    shop.routes["/kr/utf8"] = Answer(page("", json_ld({**wide, "image": "/img/kr.png"})))
    abroad = {"@type": "Offer", "price": 21.5, "priceCurrency": "USD"}
    at_home = {"@type": "Offer", "price": 29900, "priceCurrency": "KRW"}
    put_product(shop, "/kr/abroad", "KR3", offers=[abroad, at_home])
    tags = (
        '<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">'
        '<meta property="og:type" content="product">'
        '<meta property="og:title" content="오버핏 후드 티셔츠">'
        '<meta property="og:image" content="/img/kr.png">'
        '<meta property="product:price:amount" content="59000">'
        '<meta property="product:price:currency" content="KRW">'
        '<meta property="product:retailer_item_id" content="KR2">'
        '<meta property="product:category" content="상의 &gt; 후드 티셔츠">'
    )
    shop.routes["/kr/euckr"] = Answer(page("", tags).encode("euc-kr"), content_type="text/html")


def test_what_can_not_be_found_yet_is_told_with_the_command_that_mends_it(
    crawled: Crawled,
) -> None:
    with CrawlCommand(crawled.data).store() as store:
        lacking = store.count_without_features("no model at all")
    assert lacking > 1
    told = " ".join(crawled.outcome.stderr.split())
    assert f"{lacking:,} products have no features of " in told
    assert f"`lookalike catalog ingest --data {crawled.data}` gives them" in told


def test_products_of_all_pages_of_a_category_are_in_the_store(crawled: Crawled) -> None:
    assert set(_GOOD) <= set(crawled.products)
    assert crawled.products["A1"] == Product(
        id="A1",
        title="Product A1",
        brand="Basics",
        category=Category.DRESS,
        price_minor=4990,
        currency="EUR",
        item_url=f"{crawled.shop.url}/p/1",
        image_key=crawled.products["A1"].image_key,
    )


def test_all_products_are_in_the_store_but_for_what_is_left_out(crawled: Crawled) -> None:
    with_picture = {i for i, p in crawled.products.items() if p.image_key is not None}
    assert with_picture == {*_GOOD, "A5", "A6", "NEW", "BESIDE", "KR1", "KR2", "KR3"}
    assert set(crawled.products) - with_picture == {
        "HTMLPIC",
        "HUGEPIC",
        "NOPIC",
        "ODDPIC",
        *_INSIDE,
    }
    counts = crawled.outcome.counts
    assert counts["new"] == len(crawled.products)
    assert (counts["changed"], counts["unchanged"]) == (0, 0)


def test_each_page_and_picture_is_fetched_once_whatever_leads_there(crawled: Crawled) -> None:
    asked = crawled.shop.counts()
    assert asked["/c/dresses"] == asked["/c/dresses?page=3"] == asked["/p/3"] == 1
    assert asked["/img/A1.png"] == asked["/img/A3.png"] == asked["/img/kr.png"] == 1
    again = {target for target, n in asked.items() if n > 1}
    assert again == {"/bad/500", "/bad/cut", "/loop", "/"}, "tried again; / is a picture"


def test_pictures_lie_in_the_folder_under_their_key(crawled: Crawled) -> None:
    stored = ImageFolder(crawled.data / "images").get(crawled.products["A1"].image_key or "")
    assert stored is not None
    with Image.open(io.BytesIO(stored)) as opened:
        assert opened.size == (24, 24)


def test_robots_txt_is_respected(crawled: Crawled) -> None:
    assert crawled.shop.count("/robots.txt") == 1
    assert crawled.shop.count("/private/offer") == 0
    assert crawled.outcome.reason_for("/private/offer") == "is forbidden by robots.txt"


def test_the_user_agent_says_who_asks_and_whom_to_write_to(crawled: Crawled) -> None:
    agents = {asked.headers["user-agent"] for asked in crawled.shop.asked}
    (agent,) = agents
    assert agent.startswith("lookalike/")
    assert agent.endswith("(+shop@example.org)")


def test_redirects_are_followed_on_the_site_only(crawled: Crawled) -> None:
    assert crawled.products["NEW"].item_url == f"{crawled.shop.url}/p/new"
    assert crawled.outcome.reason_for("/away").startswith("redirects to http://127.0.0.1:")
    assert crawled.outcome.reason_for("/loop") == "redirects to itself"
    assert crawled.elsewhere.asked == []


def test_the_same_product_under_another_address_is_one(crawled: Crawled) -> None:
    assert crawled.outcome.reason_for("/again/3") == "is product A3 again"
    assert crawled.products["A3"].item_url == f"{crawled.shop.url}/p/3"


def test_a_listing_does_not_own_the_one_product_that_it_shows(crawled: Crawled) -> None:
    assert crawled.products["A6"].item_url == f"{crawled.shop.url}/p/6"


def test_a_page_known_by_its_canonical_link_is_not_fetched_as_well(crawled: Crawled) -> None:
    assert crawled.products["A5"].item_url == f"{crawled.shop.url}/p/5"
    assert crawled.shop.count("/sale/5") == 1
    assert crawled.shop.count("/p/5") == 0


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("/bad/500", "is answered 500"),
        ("/bad/cut", "was cut off"),
        ("/bad/bomb", "is larger than is taken"),
        ("/bad/gone", "is answered 404"),
        ("/bad/pdf", "is no HTML"),
        ("/bad/no-price", "price is missing"),
        ("/bad/bag", "category 'Women > Bags' means none of the 13 categories"),
        ("/bad/no-picture", "picture is not named"),
    ],
)
def test_what_is_left_out_is_told_with_its_reason(
    crawled: Crawled, ending: str, reason: str
) -> None:
    assert crawled.outcome.reason_for(ending) == reason


def test_a_picture_that_is_none_or_too_large_is_told(crawled: Crawled) -> None:
    assert crawled.outcome.reason_for("/bad/odd-picture").endswith("is at no usable address")
    assert "The picture is no JPEG, PNG" in crawled.outcome.reason_for("/bad/html-picture")
    assert crawled.outcome.reason_for("/bad/huge-picture").endswith("is larger than is taken")


@pytest.mark.parametrize("page", ["0", "1", "2", "3", "4", "5", "redirect"])
def test_a_picture_inside_the_own_network_is_not_fetched(crawled: Crawled, page: str) -> None:
    assert crawled.outcome.reason_for(f"/inside/{page}").startswith("picture http://")
    assert crawled.elsewhere.asked == []


def test_a_picture_inside_the_own_network_is_told_to_be_out_of_reach(crawled: Crawled) -> None:
    told = crawled.outcome.reason_for("/inside/0")
    assert told.endswith(
        "the robots.txt there is at a host that can't be found or reached from here"
    )


def test_a_calendar_without_end_is_given_up(crawled: Crawled) -> None:
    months = sum(n for target, n in crawled.shop.counts().items() if "calendar" in target)
    assert 50 <= months <= 50 + _UNDER_WAY
    assert crawled.outcome.counts["left_out"]["trap"] > 0


def test_broken_json_ld_is_told_and_does_not_hide_the_rest_of_the_page(crawled: Crawled) -> None:
    assert crawled.outcome.reason_for("/bad/invalid-json").startswith("invalid JSON-LD")
    assert crawled.products["BESIDE"].title == "Product BESIDE"


def test_korean_pages_in_both_encodings(crawled: Crawled) -> None:
    utf8, euckr = crawled.products["KR1"], crawled.products["KR2"]
    assert (utf8.title, utf8.category) == ("와이드 데님 팬츠", Category.PANTS)
    assert (utf8.price_minor, utf8.currency) == (39000, "KRW")
    assert (euckr.title, euckr.category) == ("오버핏 후드 티셔츠", Category.HOODIE)
    assert (euckr.price_minor, euckr.currency) == (59000, "KRW")


def test_of_prices_in_several_currencies_the_crawl_s_counts(crawled: Crawled) -> None:
    assert (crawled.products["KR3"].price_minor, crawled.products["KR3"].currency) == (29900, "KRW")


def test_the_exit_code_says_that_something_was_left_out(crawled: Crawled) -> None:
    assert crawled.outcome.code == 3
    assert crawled.outcome.counts["ending"] == "finished"
