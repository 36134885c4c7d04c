"""What is read from a product page, in the many ways in which shops write one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.crawl.page_products import PageProduct, read_page
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
        ([], ""),
    ],
)
def test_the_price_is_the_lowest_at_which_it_is_sold(offers: Any, price: Decimal | str) -> None:
    assert only(product("S1", offers=offers)).price == price


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


def test_variants_that_look_alike_are_compared_within_a_currency() -> None:
    (found,) = _of_group(
        {**_variant("G1-S", "Red", ""), "offers": _WON},
        {**_variant("G1-M", "Red", ""), "offers": {"price": 20, "priceCurrency": "USD"}},
        {**_variant("G1-L", "Red", ""), "offers": {"price": 28000, "priceCurrency": "KRW"}},
    )
    assert (found.price, found.currency) == (Decimal(28000), "KRW")


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


def _variant(
    sku: str, color: str, price: str, availability: str = "InStock", **changed: Any
) -> dict[str, Any]:
    offer = {"price": price, "priceCurrency": "EUR", "availability": availability}
    return {"@type": "Product", "sku": sku, "color": color, "offers": offer, **changed}


def _of_group(*variants: dict[str, Any], **changed: Any) -> list[PageProduct]:
    group = {
        "@type": "ProductGroup",
        "productGroupID": "G1",
        "name": "Skater dress",
        "brand": "Basics",
        "category": "Dresses",
        "image": "/img/g.png",
        "hasVariant": list(variants),
        **changed,
    }
    return read_page(page("", json_ld(group)), URL).products


def test_a_group_gives_a_product_for_each_variant_that_looks_different() -> None:
    found = _of_group(
        _variant("G1-RED-S", "Red", "30"),
        _variant("G1-RED-M", "Red", "25"),
        _variant("G1-BLUE-S", "Blue", "35"),
    )
    assert [(p.shop_id, p.title, p.price) for p in found] == [
        ("G1-Red", "Skater dress", Decimal(25)),
        ("G1-Blue", "Skater dress", Decimal(35)),
    ]


def test_a_size_that_is_sold_out_does_not_say_the_price() -> None:
    (found,) = _of_group(
        _variant("G1-S", "Red", "30"), _variant("G1-M", "Red", "20", "https://schema.org/SoldOut")
    )
    assert (found.price, found.attributes["availability"]) == (Decimal(30), "InStock")
    (sold_out,) = _of_group(
        _variant("G1-S", "Red", "30", "OutOfStock"), _variant("G1-M", "Red", "20", "OutOfStock")
    )
    assert sold_out.price == Decimal(20)


def test_two_pictures_of_one_colour_are_two_products() -> None:
    variants = [
        _variant("G1-DOTS-S", "Red", "30", image="/img/dots.png"),
        _variant("G1-PLAIN", "Red", "20", image="/img/plain.png"),
        _variant("G1-DOTS-M", "Red", "25", image="/img/dots.png"),
        _variant("G1-BLUE", "Blue", "35"),
    ]
    found = _of_group(*variants)
    assert [(p.shop_id, p.price, p.picture_urls[0].rpartition("/")[2]) for p in found] == [
        ("G1-Red", Decimal(25), "dots.png"),
        ("G1-Red-2", Decimal(20), "plain.png"),
        ("G1-Blue", Decimal(35), "g.png"),
    ]
    unnamed = _of_group(*variants, productGroupID=None)
    assert [p.shop_id for p in unnamed] == ["G1-DOTS-S", "G1-PLAIN", "G1-BLUE"]


def test_variants_without_any_number_are_the_page_s_one_product() -> None:
    found = _of_group(_variant("", "Red", "30"), _variant("", "Blue", "20"), productGroupID=None)
    assert [(p.shop_id, p.attributes["color"]) for p in found] == [("", "Red")]


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


@pytest.mark.parametrize("kind", ["product", "og:product", "product.item"])
def test_a_page_without_schema_org_is_a_product_s_if_it_says_so(kind: str) -> None:
    assert only(head=opengraph(og__type=kind, og__title="Wool coat")).title == "Wool coat"


@pytest.mark.parametrize("kind", ["product.group", "og:product.group", "website"])
def test_a_page_of_a_collection_is_no_product_s_unless_it_has_a_price(kind: str) -> None:
    tags = opengraph(og__type=kind, og__title="Coats")
    assert read_page(page("", tags), URL).products == []
    assert only(head=tags + opengraph(product__price__amount="19.00")).price == Decimal("19.00")


def test_breadcrumbs_hint_at_the_category_and_the_product_s_own_name_does_not() -> None:
    names = ["Home", "Women", "Dresses", "Denim Shopper"]
    items = [{"@type": "ListItem", "position": n, "name": name} for n, name in enumerate(names, 1)]
    crumbs = {"@type": "BreadcrumbList", "itemListElement": items}
    found = only(product("S1", name="Denim Shopper", category=None), crumbs)
    assert found.category_hints == ("Dresses", "Women", "Home")


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("/p/1", "https://shop.example/p/1"),
        ("https://elsewhere.example/p/1", "https://shop.example/sale/1"),
        ("https://shop.example/", "https://shop.example/sale/1"),
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
