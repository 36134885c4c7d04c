"""Which product a page is of: its own one, not those that it merely shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.crawl.page_products import read_page
from tests.functional.crawl.pages import json_ld, page, product
from tests.unit.crawl.readings import URL, only, opengraph


def test_cards_of_other_products_are_links_not_products() -> None:
    cards = [product(f"S{n}", url=f"/p/{n}") for n in range(2, 5)]
    reading = read_page(page("", "".join(map(json_ld, cards))), "https://shop.example/c/dresses")
    assert reading.products == []
    assert reading.product_links == [f"https://shop.example/p/{n}" for n in range(2, 5)]


_CARD = """
<div itemscope itemtype="https://schema.org/Product">
  <a itemprop="url" href="/p/1"><span itemprop="name">Wool coat</span></a>
  <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
    <meta itemprop="priceCurrency" content="EUR"><meta itemprop="price" content="90"></div>
</div>"""


@pytest.mark.parametrize("as_json_ld", [False, True])
def test_the_only_card_of_a_category_page_is_a_link_not_its_product(as_json_ld: bool) -> None:
    thing = json_ld(product("S1", url="/p/1"))
    markup = page("<h1>Coats</h1>" + (thing if as_json_ld else _CARD))
    reading = read_page(markup, "https://shop.example/c/coats")
    assert (reading.products, reading.product_links) == ([], ["https://shop.example/p/1"])


@pytest.mark.parametrize(
    ("url", "stated"),
    [
        ("https://m.shop.example/p/1", "https://www.shop.example/p/1"),
        ("https://shop.example/p/1?size=m", "/p/1"),
        ("https://shop.example/p/1", "/p/1/?variant=4"),
    ],
)
def test_another_host_or_more_parameters_leave_a_product_the_page_s_own(
    url: str, stated: str
) -> None:
    assert only(product("S1", url=stated), url=url).shop_id == "S1"


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://shop.example/goods?no=1", "/goods?no=2"), ("https://shop.example/", "/?p=2")],
)
def test_a_product_that_other_parameters_lead_to_is_another(url: str, shown: str) -> None:
    reading = read_page(page("", json_ld(product("S2", url=shown))), url)
    assert (reading.products, len(reading.product_links)) == ([], 1)


def test_a_page_that_says_it_is_a_product_s_may_give_it_another_address() -> None:
    head = opengraph(og__type="product")
    url = "https://shop.example/collections/coats/p/1"
    assert only(product("S1", url="/p/1"), head=head, url=url).shop_id == "S1"


@pytest.mark.parametrize(
    ("url", "stated"),
    [
        ("https://shop.example/p/1-wool-coat", "/p/1"),
        ("https://shop.example/p/1-wool-coat", "https://shop.example/"),
        ("https://shop.example/en/p/1", "/p/1"),
    ],
)
def test_a_page_named_after_its_only_product_may_give_it_another_address(
    url: str, stated: str
) -> None:
    markup = page("<h1>Wool Coat</h1>", json_ld(product("S1", name="Wool Coat", url=stated)))
    reading = read_page(markup, url)
    assert ([p.shop_id for p in reading.products], reading.product_links) == (["S1"], [])


@pytest.mark.parametrize(
    ("heading", "kind", "taken"),
    [
        ("Wool Coat", "website", ["S1"]),
        ("Wool Coat", "product", ["S1"]),
        ("Silk Belt", "website", ["S2"]),
        ("Acme Silk Belt", "website", ["S2"]),
        ("Coats", "website", []),
    ],
)
def test_a_page_tells_by_its_name_a_card_without_an_address_from_a_product_with_another(
    heading: str, kind: str, taken: list[str]
) -> None:
    things = (product("S1", name="Wool Coat", url="/p/1"), product("S2", name="Silk Belt"))
    head = opengraph(og__type=kind) + "".join(map(json_ld, things))
    found = read_page(page(f"<h1>{heading}</h1>", head), "https://shop.example/p/1-wool-coat")
    assert [p.shop_id for p in found.products] == taken


def test_a_page_described_by_opengraph_does_not_take_the_one_product_that_it_shows() -> None:
    head = opengraph(
        og__title="Felt hat", product__price__amount="25", product__retailer_item_id="H1"
    )
    url = "https://shop.example/p/hat"
    found = only(body=_CARD, head=head, url=url)
    assert (found.shop_id, found.title, found.price) == ("H1", "Felt hat", Decimal(25))


def test_cards_without_addresses_are_no_products_of_the_page() -> None:
    cards = "".join(json_ld(product(f"S{n}")) for n in range(3))
    assert read_page(page("<h1>Coats</h1>", cards), "https://shop.example/c/coats").products == []


def test_json_ld_and_microdata_of_one_product_are_one() -> None:
    microdata = _CARD.replace('itemprop="url" href="/p/1"', "")
    assert only(product("S1", name="Wool Coat"), body=microdata).shop_id == "S1"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        ("<h1> Product\n S2</h1>", ""),
        ("", "<title>Product S2 – Coats | Shop</title>"),
        ("", '<meta property="og:title" content="PRODUCT S2 | Shop">'),
    ],
)
def test_of_several_products_without_addresses_the_page_is_of_the_one_that_it_is_named_after(
    body: str, head: str
) -> None:
    assert only(*(product(f"S{n}") for n in range(1, 4)), body=body, head=head).shop_id == "S2"


_COAT_AND_CARDS = (product("S1", name="Wool Coat"), *(product(f"S{n}") for n in (2, 3)))
_SIZES = tuple(product(f"S1-{size}", name=f"Wool Coat - {size}") for size in "SML")


@pytest.mark.parametrize(
    ("heading", "things", "taken"),
    [
        ("Acme Wool Coat", _COAT_AND_CARDS, ["S1"]),
        ("Acme Wool Coat", _COAT_AND_CARDS[:2], ["S1"]),
        ("Acme Wool Coats", _COAT_AND_CARDS, []),
        ("Wool Coat", (product("S1", name="Acme Wool Coat"), product("S2")), ["S1"]),
        ("Wool Coat", _SIZES, ["S1-S"]),
        ("Wool Coat", (*_COAT_AND_CARDS, *_SIZES), ["S1"]),
        ("Wool Coat", (product("S1", name="Coat"), product("S1", name="Coat, wool")), ["S1"]),
        ("Coat", (product("S1", name="Green Coat"), product("S2")), []),
        ("Wool Coat", (product("S1", name="Green Wool Coat"), *_SIZES), []),
        (
            "Wren Street",
            [product(f"S{n}", name=f"Wren Street - Coat {n}", brand="Wren Street") for n in "12"],
            [],
        ),
    ],
)
def test_a_page_may_be_named_after_a_product_by_a_part_of_either_name(
    heading: str, things: list[dict[str, Any]], taken: list[str]
) -> None:
    markup = page(f"<h1>{heading}</h1>", "".join(map(json_ld, things)))
    assert [p.shop_id for p in read_page(markup, URL).products] == taken


def test_of_products_that_nothing_tells_apart_a_product_s_page_is_of_the_first() -> None:
    cards = [product(f"S{n}") for n in range(1, 4)]
    assert only(*cards, head=opengraph(og__type="product")).price == Decimal("49.90")
    head = opengraph(og__title="Felt hat", product__price__amount="25")
    assert only(*cards, head=head).title == "Felt hat"


def test_a_variant_and_its_group_are_one_product_under_two_names() -> None:
    variant = product("S1", name="Wool coat, green", isVariantOf={"@id": "#coat"})
    group = {"@type": "ProductGroup", "@id": "#coat", "name": "Wool coat"}
    assert only(variant, group).shop_id == "S1"
    assert only(variant, {**group, "url": "/coat"}).shop_id == "S1"


def test_a_product_without_an_address_and_one_of_its_name_with_another_are_one() -> None:
    assert only(product("S1"), product("", name="Product S1", url="/en/p/1")).shop_id == "S1"


def test_a_list_of_products_on_a_category_page_is_no_product() -> None:
    listed = [{"@type": "ListItem", "item": product("S1")}]
    reading = read_page(page("", json_ld({"@type": "ItemList", "itemListElement": listed})), URL)
    assert reading.products == []
