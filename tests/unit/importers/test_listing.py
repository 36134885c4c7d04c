"""Rows of any source become listings, or are refused in a sentence."""

from __future__ import annotations

import pickle

import pytest

from catalog.importers.listing import COLUMNS, Listing, RowError, RowRules, parse_listing
from lookalike.contract.listing import MAX_ATTRIBUTES
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from tests.unit.importers.listed_row import ROW, refusal


def test_a_row_of_the_predecessors_crawl_becomes_a_listing() -> None:
    assert parse_listing(ROW, default_currency=None) == Listing(
        id="4711",
        title="Plain Tee",
        brand="Wren Street",
        category=Category.T_SHIRT,
        price_minor=29900,
        currency="KRW",
        item_url="https://shop.example/p/4711",
        image_url="https://cdn.shop.example/4711%20front.jpg",
    )


def test_a_listing_with_a_picture_is_a_product() -> None:
    listing = parse_listing(ROW, default_currency=None)
    assert listing.product("key.jpg") == Product(
        "4711",
        "Plain Tee",
        "Wren Street",
        Category.T_SHIRT,
        29900,
        "KRW",
        "https://shop.example/p/4711",
        "key.jpg",
    )


def test_brand_address_and_picture_may_be_missing() -> None:
    bare = {"id": 12, "title": "Hat", "category": "hat", "price": 5}
    listing = parse_listing(bare, default_currency="EUR")
    assert (listing.id, listing.brand, listing.item_url) == ("12", "", "")
    assert (listing.image_path, listing.image_url) == (None, None)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"article_id": " "}, "article_id ' ' is missing"),
        ({"article_id": "a/b"}, "article_id 'a/b' holds a slash"),
        ({"article_id": ".."}, "article_id '..' is a step in an address"),
        ({"article_id": "a\tb"}, r"article_id 'a\tb' holds a slash or control characters"),
        ({"article_id": "x" * 201}, "has 201 characters; at most 200 are taken"),
        ({"article_id": "a\x00"}, "NUL"),
        ({"title": None}, "title is missing"),
        ({"title": "x" * 100_000}, "has 100,000 characters; at most 300 are taken"),
        ({"title": "\ud800"}, r"title '\ud800' is no valid Unicode text"),
        ({"brand": "x" * 301}, "brand 'xxx"),
        ({"category": ""}, "category is missing"),
        ({"category": "dress " * 400}, "has 2,399 characters; at most 2,000 are taken"),
        ({"category": "Umbrella"}, "category 'Umbrella' means none of the 13 categories"),
        ({"price": "-5"}, "price '-5' is negative"),
        ({"price": -5}, "price '-5' is negative"),
        ({"currency": "XYZ"}, "currency 'XYZ' is no ISO 4217 currency code"),
        ({"currency": "EUR"}, "price '29,900원' contradicts the currency EUR"),
        ({"item_url": "javascript:alert(1)"}, "item_url 'javascript:alert(1)' is no http"),
        ({"item_url": "https://"}, "is no http or https address"),
        ({"item_url": "http://[broken"}, "is no http or https address"),
        ({"item_url": "https://shop.example/" + "x" * 2000}, "at most 2,000 are taken"),
        ({"img_url": "ftp://shop.example/a.jpg"}, "img_url 'ftp://shop.example/a.jpg' is no http"),
        ({"attributes": "[1]"}, "attributes '[1]' is no JSON object"),
        ({"attributes": "{"}, "attributes '{' is no JSON object"),
        ({"attributes": {str(n): "v" for n in range(65)}}, "65 attributes; at most 64"),
        ({"attributes": {"care": "x" * 2001}}, "at most 2,000 are taken"),
    ],
)
def test_a_bad_value_is_told_with_its_column(changed: dict[str, object], reason: str) -> None:
    message = refusal(**changed)
    assert reason in message
    assert len(message) < 200


def test_a_refusal_survives_pickling() -> None:
    error = RowError("price '-5' is negative")
    assert pickle.loads(pickle.dumps(error)).message == error.message


@pytest.mark.parametrize("column", ["image", "image_path"])
@pytest.mark.parametrize("scheme", ["https:", ""])
def test_a_picture_column_with_an_address_is_an_address(column: str, scheme: str) -> None:
    row = {**ROW, column: f"{scheme}//cdn.shop.example/a.jpg", "img_url": ""}
    listing = parse_listing(row, default_currency=None)
    assert (listing.image_path, listing.image_url) == (None, "https://cdn.shop.example/a.jpg")


def test_a_shops_own_columns_words_and_attributes_are_taken_by_rule() -> None:
    rules = RowRules(
        columns={**COLUMNS, "price": ("cost",), "title": ("label",)},
        attributes=("colour", "fit"),
        terms={"oberteile": Category.T_SHIRT},
        decimal_mark=",",
    )
    row = {"id": "1", "label": "Hemd", "category": "Oberteile", "cost": "1,299", "colour": "blau"}
    listing = parse_listing(row, default_currency="EUR", rules=rules)
    assert (listing.title, listing.price_minor) == ("Hemd", 130)
    assert listing.category is Category.T_SHIRT
    assert listing.attributes == {"colour": "blau"}
    with pytest.raises(RowError, match="cost '-1' is negative"):
        parse_listing({**row, "cost": "-1"}, default_currency="EUR", rules=rules)


@pytest.mark.parametrize("of_columns", [0, 1, 64])
def test_as_many_attributes_are_taken_as_a_product_may_have(of_columns: int) -> None:
    """Of columns and of the JSON object together, so that an export comes back in."""
    columns = {f"c{n}": "x" for n in range(of_columns)}
    rules = RowRules(attributes=tuple(columns))
    most = {f"a{n}": "x" for n in range(MAX_ATTRIBUTES - of_columns)}
    row = {**ROW, **columns, "attributes": most}
    taken = parse_listing(row, default_currency=None, rules=rules)
    assert len(taken.attributes) == MAX_ATTRIBUTES
    again = parse_listing({**ROW, "attributes": taken.attributes}, default_currency=None)
    assert again.attributes == taken.attributes
    row["attributes"] = {**most, "one": "more"}
    with pytest.raises(RowError, match="65 attributes; at most 64 are taken"):
        parse_listing(row, default_currency=None, rules=rules)


def test_attributes_may_be_json_text_or_a_mapping() -> None:
    for attributes in ('{"fit": "slim", "n": 3}', {"fit": "slim", "n": 3}):
        listing = parse_listing({**ROW, "attributes": attributes}, default_currency=None)
        assert listing.attributes == {"fit": "slim", "n": "3"}


def test_an_attribute_without_a_value_is_none() -> None:
    for attributes in ('{"fit": null, "n": ""}', {"fit": None, "n": ""}):
        listing = parse_listing({**ROW, "attributes": attributes}, default_currency=None)
        assert listing.attributes == {"n": ""}


@pytest.mark.parametrize(
    ("address", "usable"),
    [
        ("https://shop.example", True),
        ("http://shop.example?x=1", True),
        ("https://shop.example:8443/원피스", True),
        ("https://[2001:db8::1]/p", True),
        ("https://shop.example:0/p", False),
        ("https://shop.example:x/p", False),
        ("https://shop.example:99999/p", False),
        ("https:///p", False),
        ("https://.", False),
        ("HTTPS://shop.example/p", True),
        ("https://shop.example/a\\b", False),
        ("https://shop.example/a\tb", False),
        ("mailto:shop@shop.example", False),
        ("shop.example/p", False),
    ],
)
def test_addresses_are_those_of_the_web(address: str, usable: bool) -> None:
    if usable:
        listing = parse_listing({**ROW, "item_url": address}, default_currency=None)
        assert listing.item_url == address
    else:
        assert "is no http or https address" in refusal(item_url=address)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("w=100|h=200", "w=100%7Ch=200"),
        ("{size}/a b.jpg", "%7Bsize%7D/a%20b.jpg"),
        ('<p>"^`%20%7C', "%3Cp%3E%22%5E%60%20%7C"),
    ],
)
def test_what_can_t_stand_in_an_address_is_percent_encoded(written: str, asked: str) -> None:
    row = {**ROW, "item_url": f"https://shop.example/{written}"}
    row["img_url"] = f"//cdn.example/{written}"
    listing = parse_listing(row, default_currency=None)
    assert listing.item_url == f"https://shop.example/{asked}"
    assert listing.image_url == f"https://cdn.example/{asked}"


def test_an_address_is_as_long_as_it_is_percent_encoded() -> None:
    assert "has 2,121 characters" in refusal(item_url="https://shop.example/" + "|" * 700)


@pytest.mark.parametrize("column", ["image", "img_url"])
@pytest.mark.parametrize("comma", [",", ", "])
def test_of_several_pictures_in_a_cell_the_first_counts(column: str, comma: str) -> None:
    first = "https://cdn.example/w_300,h_300/a.jpg"
    row = {**ROW, "img_url": "", column: f"{first}{comma}https://cdn.example/b.jpg"}
    assert parse_listing(row, default_currency=None).image_url == first


@pytest.mark.parametrize(
    ("sale_price", "dates", "minor"),
    [
        ("19,900원", None, 19_900),
        (19_900, "", 19_900),
        ("19,900원", "2020-02-24T11:07+0100/2999-02-28T23:07+0100", 19_900),
        ("19,900원", "2020-02-24/2999-02-28", 19_900),
        ("19,900원", "2020-02-24 / 2021-02-28", 29_900),
        ("19,900원", "2999-02-24T11:07+0100/2999-02-28T23:07+0100", 29_900),
        ("", "2020-02-24/2999-02-28", 29_900),
        ("0", None, 29_900),
        ("n/a", None, 29_900),
    ],
)
def test_a_sale_price_is_the_price_while_it_holds(
    sale_price: object, dates: str | None, minor: int
) -> None:
    row = {**ROW, "currency": "KRW", "sale_price": sale_price, "sale_price_effective_date": dates}
    assert parse_listing(row, default_currency=None).price_minor == minor


def test_a_sale_price_that_can_t_be_read_is_told_with_its_column() -> None:
    assert refusal(sale_price="19,900 or less") == "sale_price '19,900 or less' is not one price"


def test_a_sale_s_columns_may_have_the_shop_s_own_names() -> None:
    rules = RowRules({**COLUMNS, "sale_price": ("angebot",), "sale_dates": ("zeitraum",)})
    row = {**ROW, "angebot": "19,900원", "zeitraum": "2020-02-24/2999-02-28"}
    assert parse_listing(row, default_currency=None, rules=rules).price_minor == 19_900
