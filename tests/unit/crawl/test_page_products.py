"""What is read from a product page, in the many ways in which shops write one."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.crawl.page_product import PageProduct
from catalog.crawl.page_products import read_page
from lookalike.contract.availability import is_sold_out
from tests.functional.crawl.pages import json_ld, page, product
from tests.unit.crawl.readings import URL, only, opengraph


def test_a_json_ld_product_is_read_whole() -> None:
    found = only(product("S1", color="Red", material="Cotton &amp; silk"))
    assert found == PageProduct(
        shop_id="S1",
        title="Product S1",
        brand="Basics",
        price=Decimal("49.90"),
        currency="EUR",
        category_hints=("Women > Dresses",),
        url=URL,
        picture_urls=("https://shop.example/img/S1.png",),
        attributes={"color": "Red", "material": "Cotton & silk"},
    )


@pytest.mark.parametrize(
    "kind", ["application/LD+JSON", "application/ld+json; charset=utf-8", " application/ld+json "]
)
def test_a_json_ld_script_is_known_however_its_type_is_written(kind: str) -> None:
    markup = page("", json_ld(product("S1"))).replace("application/ld+json", kind)
    assert [found.shop_id for found in read_page(markup, URL).products] == ["S1"]


@pytest.mark.parametrize(
    "wrapped",
    [
        "<!--\n{}\n-->",
        "<![CDATA[{}]]>",
        "//<![CDATA[\n{}\n//]]>",
        "/*<![CDATA[*/{}/*]]>*/",
        "<!-- of the shop -->\n{}",
    ],
)
@pytest.mark.parametrize("several", [False, True])
def test_what_hides_a_script_from_old_programs_does_not_hide_its_product(
    wrapped: str, several: bool
) -> None:
    thing = product("S1", description="--> ]]>")
    script = wrapped.format(json.dumps([thing] if several else thing))
    reading = read_page(page("", json_ld(script)), URL)
    assert ([found.shop_id for found in reading.products], reading.broken) == (["S1"], [])


def test_a_product_in_a_graph_finds_what_it_refers_to_by_id() -> None:
    graph = [
        product("S1", offers={"@id": "#offer"}, brand={"@id": "#brand"}),
        {"@type": "Offer", "@id": "#offer", "price": 12, "priceCurrency": "USD"},
        {"@type": "Brand", "@id": "#brand", "name": "Wren Street"},
    ]
    found = only({"@context": "https://schema.org", "@graph": graph})
    assert (found.price, found.currency, found.brand) == (Decimal(12), "USD", "Wren Street")


@pytest.mark.parametrize(
    ("offers", "price"),
    [
        ([{"price": "20"}, {"price": "15.50"}], Decimal("15.50")),
        (
            [
                {"price": "15", "availability": "https://schema.org/OutOfStock"},
                {"price": "20", "availability": "https://schema.org/InStock"},
            ],
            Decimal(20),
        ),
        ({"@type": "AggregateOffer", "lowPrice": "9.99", "highPrice": 30}, Decimal("9.99")),
        (
            {"@type": "AggregateOffer", "lowPrice": 9, "offers": [{"price": 11}, {"price": 12}]},
            Decimal(11),
        ),
        (
            {
                "priceSpecification": [
                    {"price": 99, "priceType": "https://schema.org/ListPrice"},
                    {"price": 79, "priceCurrency": "EUR"},
                ]
            },
            Decimal(79),
        ),
        ({"price": "1.299,00 €"}, "1.299,00 €"),
        ({"price": "39,000원"}, "39,000원"),
        ({"price": 1299.5}, Decimal("1299.5")),
        ({"price": "29.900", "priceCurrency": "KRW"}, "29.900"),
        ({"price": "1.299"}, "1.299"),
        ({"price": "0.990"}, Decimal("0.990")),
        ({"price": "1299.000"}, Decimal("1299.000")),
        (
            [
                {"price": "31.900", "priceCurrency": "VND"},
                {"price": "29.900", "priceCurrency": "VND"},
                {"price": "30000", "priceCurrency": "VND"},
            ],
            "29.900",
        ),
        ([{"price": "1.299"}, {"price": "999.00"}], Decimal("999.00")),
        ([{"price": "29.900"}, {"price": "19.900"}, {"price": "31.900"}], "19.900"),
        (
            {
                "priceSpecification": [
                    {"@type": "https://schema.org/DeliveryChargeSpecification", "price": 5},
                    {"@type": "PaymentChargeSpecification", "price": 2},
                    {"@type": "UnitPriceSpecification", "price": 60},
                ]
            },
            Decimal(60),
        ),
        (
            {
                "priceSpecification": [
                    {"price": 20},
                    {"price": 15, "validForMemberTier": {"@id": "#gold"}},
                ]
            },
            Decimal(20),
        ),
        ([{"price": 15, "validForMemberTier": "#gold"}, {"price": 20}], Decimal(20)),
        ([{"price": "0"}, {"price": "39.90"}], Decimal("39.90")),
        ([{"price": "0.00", "availability": "InStock"}, {"price": "1.299"}], "1.299"),
        ([], ""),
    ],
)
def test_the_price_is_the_lowest_at_which_it_is_sold(offers: Any, price: Decimal | str) -> None:
    assert only(product("S1", offers=offers)).price == price


def test_offers_of_an_aggregate_have_what_it_says_of_them_all() -> None:
    aggregate = {
        "@type": "AggregateOffer",
        "priceCurrency": "GBP",
        "availability": "https://schema.org/OutOfStock",
        "offers": [{"price": "20"}, {"price": "25", "availability": "InStock"}],
    }
    found = only(product("S1", offers=aggregate))
    assert (found.price, found.currency) == (Decimal(25), "GBP")
    own = only(product("S1", offers={**aggregate, "offers": {"price": 9, "priceCurrency": "USD"}}))
    assert own.currency == "USD"
    assert is_sold_out(own.attributes)


def test_offers_of_an_aggregate_hold_while_it_does_unless_they_have_dates_of_their_own() -> None:
    over = {"@type": "AggregateOffer", "priceValidUntil": "2020-01-01"}
    ahead = {"price": 30, "validThrough": "2999-01-01"}
    offers = [{**over, "offers": [{"price": 9}, ahead]}, {"price": 35}]
    assert only(product("S1", offers=offers)).price == Decimal(30)


_WON = {"price": 29900, "priceCurrency": "KRW"}
_DOLLARS = {"price": 21.5, "priceCurrency": "usd"}


@pytest.mark.parametrize(
    ("offers", "currency", "price"),
    [
        ([_WON, _DOLLARS], None, Decimal(29900)),
        ([_DOLLARS, _WON], None, Decimal("21.5")),
        ([_DOLLARS, _WON], "KRW", Decimal(29900)),
        ([_WON, _DOLLARS], "USD", Decimal("21.5")),
        ([_WON, _DOLLARS], "EUR", Decimal(29900)),
        ([_DOLLARS, {"price": "39,000원"}, _WON], "KRW", Decimal(29900)),
        ([_DOLLARS, {"price": 35000}], "KRW", Decimal(35000)),
        ([{"price": 95}, _DOLLARS], None, Decimal("21.5")),
        ([{**_WON, "availability": "SoldOut"}, _DOLLARS], "KRW", Decimal(29900)),
    ],
)
def test_prices_of_two_currencies_are_not_compared(
    offers: Any, currency: str | None, price: Decimal
) -> None:
    markup = page("", json_ld(product("S1", offers=offers)))
    (found,) = read_page(markup, URL, currency=currency).products
    assert found.price == price


@pytest.mark.parametrize(
    "image",
    [
        "/img/a.png",
        ["/img/a.png", "/img/b.png"],
        {"@type": "ImageObject", "contentUrl": "/img/a.png"},
        [{"@type": "ImageObject", "url": "//shop.example/img/a.png"}],
    ],
)
def test_pictures_are_absolute_addresses_however_they_are_given(image: Any) -> None:
    assert only(product("S1", image=image)).picture_urls[0] == "https://shop.example/img/a.png"


def test_microdata_is_read_as_well() -> None:
    body = """
    <div itemscope itemtype="https://schema.org/Product">
      <h1 itemprop="name">Linen shirt</h1><meta itemprop="sku" content="L7">
      <img itemprop="image" src="/img/l7.jpg"><span itemprop="brand">Juniper Lane</span>
      <meta itemprop="category" content="Men > Shirts">
      <div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
        <meta itemprop="priceCurrency" content="GBP"><span itemprop="price">$ 35.00</span></div>
    </div>"""
    found = only(body=body)
    assert (found.shop_id, found.title, found.brand) == ("L7", "Linen shirt", "Juniper Lane")
    assert (found.price, found.currency) == ("$ 35.00", "GBP")
    assert found.picture_urls == ("https://shop.example/img/l7.jpg",)


def test_what_all_colours_share_in_opengraph_is_no_number_of_a_page() -> None:
    shared = opengraph(og__type="product", product__item_group_id="G1", product__color="Red")
    assert only(head=shared).shop_id == ""
    assert only(head=shared + opengraph(product__retailer_item_id="R1")).shop_id == "R1"


def test_opengraph_fills_in_what_schema_org_leaves_out() -> None:
    head = (
        '<meta property="og:image" content="https://cdn.example/og.jpg">'
        '<meta property="og:title" content="Not this title">'
        '<meta property="product:price:amount" content="19.00">'
        '<meta property="product:price:currency" content="EUR">'
    )
    found = only(product("S1", image=None, offers=None), head=head)
    assert found.picture_urls == ("https://cdn.example/og.jpg",)
    assert (found.title, found.price, found.currency) == ("Product S1", Decimal("19.00"), "EUR")


@pytest.mark.parametrize(("said", "sold_out"), [("oos", True), ("instock", False)])
def test_opengraph_tells_what_is_sold_out(said: str, sold_out: bool) -> None:
    tags = opengraph(og__type="product", og__title="Wool coat", product__availability=said)
    assert is_sold_out(only(head=tags).attributes) == sold_out


@pytest.mark.parametrize("kind", ["product", "og:product", "product.item"])
def test_a_page_without_schema_org_is_a_product_s_if_it_says_so(kind: str) -> None:
    assert only(head=opengraph(og__type=kind, og__title="Wool coat")).title == "Wool coat"


@pytest.mark.parametrize("kind", ["product.group", "og:product.group", "website"])
def test_a_page_of_a_collection_is_no_product_s_unless_it_has_a_price(kind: str) -> None:
    tags = opengraph(og__type=kind, og__title="Coats")
    assert read_page(page("", tags), URL).products == []
    assert only(head=tags + opengraph(product__price__amount="19.00")).price == Decimal("19.00")


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("/p/1", "https://shop.example/p/1"),
        ("https://elsewhere.example/p/1", "https://shop.example/sale/1"),
        ("https://shop.example/", "https://shop.example/sale/1"),
        ("https://www.shop.example/", "https://shop.example/sale/1"),
        ("http://shop.example/p/1", "https://shop.example/p/1"),
        ("http://shop.example:80/p/1", "https://shop.example/p/1"),
        ("//www.shop.example/p/1", "https://www.shop.example/p/1"),
        ("https://blog.shop.example/p/1", "https://shop.example/sale/1"),
        ("https://shop.example:8443/p/1", "https://shop.example/sale/1"),
    ],
)
def test_the_canonical_address_counts_if_it_can_be_one(canonical: str, url: str) -> None:
    head = f'<link rel="canonical" href="{canonical}">'
    assert only(product("S1"), head=head, url="https://shop.example/sale/1").url == url


@pytest.mark.parametrize(
    "markup",
    ["", " ", "\x00\x01\x02", "<", "<!-- -->", "plain text", "<html" * 1000, "<div>" * 5000],
)
def test_what_is_no_page_has_no_products(markup: str) -> None:
    assert read_page(markup, URL).products == []


_NAMES = st.sampled_from(
    [
        *("@type", "@id", "@graph", "name", "offers", "price", "image", "url", "brand"),
        *("category", "hasVariant", "sku", "color", "mainEntity", "itemListElement", "item"),
        *("availability", "priceSpecification", "additionalProperty", "value"),
    ]
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["Product", "ProductGroup", "BreadcrumbList", "AggregateOffer", "#a", "http://["]
    )
)
_THINGS = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=25,
)


@given(_THINGS, _THINGS)
def test_any_json_ld_is_products_or_none(one: Any, other: Any) -> None:
    wrapped = {"@type": "Product", "name": one, "offers": other, "image": one, "hasVariant": other}
    reading = read_page(page("", json_ld(one) + json_ld(wrapped)), URL)
    assert all(isinstance(p.title, str) for p in reading.products)
