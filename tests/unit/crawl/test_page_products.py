"""What is read from a product page, in the many ways in which shops write one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.crawl.page_products import PageProduct, read_page
from tests.functional.crawl.pages import json_ld, page, product

_URL = "https://shop.example/p/1"


def _only(*things: Any, body: str = "", head: str = "", url: str = _URL) -> PageProduct:
    """The one product of a page with these JSON-LD things."""
    (found,) = read_page(page(body, head + "".join(map(json_ld, things))), url).products
    return found


def test_a_json_ld_product_is_read_whole() -> None:
    found = _only(product("S1", color="Red", material="Cotton &amp; silk"))
    assert found == PageProduct(
        shop_id="S1",
        title="Product S1",
        brand="Basics",
        price=Decimal("49.90"),
        currency="EUR",
        category_hints=("Women > Dresses",),
        url=_URL,
        picture_urls=("https://shop.example/img/S1.png",),
        attributes={"color": "Red", "material": "Cotton & silk"},
    )


def test_a_product_in_a_graph_finds_what_it_refers_to_by_id() -> None:
    graph = [
        product("S1", offers={"@id": "#offer"}, brand={"@id": "#brand"}),
        {"@type": "Offer", "@id": "#offer", "price": 12, "priceCurrency": "USD"},
        {"@type": "Brand", "@id": "#brand", "name": "Wren Street"},
    ]
    found = _only({"@context": "https://schema.org", "@graph": graph})
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
    assert _only(product("S1", offers=offers)).price == price


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
    (found,) = read_page(markup, _URL, currency=currency).products
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
    assert _only(product("S1", image=image)).picture_urls[0] == "https://shop.example/img/a.png"


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
    return read_page(page("", json_ld(group)), _URL).products


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
    found = _only(body=body)
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
    found = _only(product("S1", image=None, offers=None), head=head)
    assert found.picture_urls == ("https://cdn.example/og.jpg",)
    assert (found.title, found.price, found.currency) == ("Product S1", Decimal("19.00"), "EUR")


def _opengraph(**said: str) -> str:
    """OpenGraph tags, `__` in their names for `:`."""
    tags = ((name.replace("__", ":"), value) for name, value in said.items())
    return "".join(f'<meta property="{name}" content="{value}">' for name, value in tags)


@pytest.mark.parametrize("kind", ["product", "og:product", "product.item"])
def test_a_page_without_schema_org_is_a_product_s_if_it_says_so(kind: str) -> None:
    assert _only(head=_opengraph(og__type=kind, og__title="Wool coat")).title == "Wool coat"


@pytest.mark.parametrize("kind", ["product.group", "og:product.group", "website"])
def test_a_page_of_a_collection_is_no_product_s_unless_it_has_a_price(kind: str) -> None:
    tags = _opengraph(og__type=kind, og__title="Coats")
    assert read_page(page("", tags), _URL).products == []
    assert _only(head=tags + _opengraph(product__price__amount="19.00")).price == Decimal("19.00")


def test_breadcrumbs_hint_at_the_category_and_the_product_s_own_name_does_not() -> None:
    names = ["Home", "Women", "Dresses", "Denim Shopper"]
    items = [{"@type": "ListItem", "position": n, "name": name} for n, name in enumerate(names, 1)]
    crumbs = {"@type": "BreadcrumbList", "itemListElement": items}
    found = _only(product("S1", name="Denim Shopper", category=None), crumbs)
    assert found.category_hints == ("Dresses", "Women", "Home")


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
    assert _only(product("S1", url=stated), url=url).shop_id == "S1"


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://shop.example/goods?no=1", "/goods?no=2"), ("https://shop.example/", "/?p=2")],
)
def test_a_product_that_other_parameters_lead_to_is_another(url: str, shown: str) -> None:
    reading = read_page(page("", json_ld(product("S2", url=shown))), url)
    assert (reading.products, len(reading.product_links)) == ([], 1)


def test_a_page_that_says_it_is_a_product_s_may_give_it_another_address() -> None:
    head = _opengraph(og__type="product")
    url = "https://shop.example/collections/coats/p/1"
    assert _only(product("S1", url="/p/1"), head=head, url=url).shop_id == "S1"


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
    head = _opengraph(og__type=kind) + "".join(map(json_ld, things))
    found = read_page(page(f"<h1>{heading}</h1>", head), "https://shop.example/p/1-wool-coat")
    assert [p.shop_id for p in found.products] == taken


def test_a_page_described_by_opengraph_does_not_take_the_one_product_that_it_shows() -> None:
    head = _opengraph(
        og__title="Felt hat", product__price__amount="25", product__retailer_item_id="H1"
    )
    url = "https://shop.example/p/hat"
    found = _only(body=_CARD, head=head, url=url)
    assert (found.shop_id, found.title, found.price) == ("H1", "Felt hat", Decimal(25))


def test_cards_without_addresses_are_no_products_of_the_page() -> None:
    cards = "".join(json_ld(product(f"S{n}")) for n in range(3))
    assert read_page(page("<h1>Coats</h1>", cards), "https://shop.example/c/coats").products == []


def test_json_ld_and_microdata_of_one_product_are_one() -> None:
    microdata = _CARD.replace('itemprop="url" href="/p/1"', "")
    assert _only(product("S1", name="Wool Coat"), body=microdata).shop_id == "S1"


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
    assert _only(*(product(f"S{n}") for n in range(1, 4)), body=body, head=head).shop_id == "S2"


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
    assert [p.shop_id for p in read_page(markup, _URL).products] == taken


def test_of_products_that_nothing_tells_apart_a_product_s_page_is_of_the_first() -> None:
    cards = [product(f"S{n}") for n in range(1, 4)]
    assert _only(*cards, head=_opengraph(og__type="product")).price == Decimal("49.90")
    head = _opengraph(og__title="Felt hat", product__price__amount="25")
    assert _only(*cards, head=head).title == "Felt hat"


def test_a_variant_and_its_group_are_one_product_under_two_names() -> None:
    variant = product("S1", name="Wool coat, green", isVariantOf={"@id": "#coat"})
    group = {"@type": "ProductGroup", "@id": "#coat", "name": "Wool coat"}
    assert _only(variant, group).shop_id == "S1"
    assert _only(variant, {**group, "url": "/coat"}).shop_id == "S1"


def test_a_product_without_an_address_and_one_of_its_name_with_another_are_one() -> None:
    assert _only(product("S1"), product("", name="Product S1", url="/en/p/1")).shop_id == "S1"


def test_a_list_of_products_on_a_category_page_is_no_product() -> None:
    listed = [{"@type": "ListItem", "item": product("S1")}]
    reading = read_page(page("", json_ld({"@type": "ItemList", "itemListElement": listed})), _URL)
    assert reading.products == []


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
    assert _only(product("S1"), head=head, url="https://shop.example/sale/1").url == url


@pytest.mark.parametrize(
    "markup",
    ["", " ", "\x00\x01\x02", "<", "<!-- -->", "plain text", "<html" * 1000, "<div>" * 5000],
)
def test_what_is_no_page_has_no_products(markup: str) -> None:
    assert read_page(markup, _URL).products == []


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
    reading = read_page(page("", json_ld(one) + json_ld(wrapped)), _URL)
    assert all(isinstance(p.title, str) for p in reading.products)
