"""Rows of any source become listings, or are refused in a sentence."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.listing import COLUMNS, Listing, RowError, RowRules, parse_listing
from lookalike.contract.listing import MAX_ATTRIBUTES
from lookalike.contract.taxonomy import Category
from lookalike.products import Product

ROW = {
    "article_id": "4711",
    "category": "티셔츠",
    "brand": "Wren Street",
    "title": "Plain Tee",
    "price": "29,900원",
    "item_url": "https://shop.example/p/4711",
    "img_url": "//cdn.shop.example/4711 front.jpg",
}


def refusal(**changed: object) -> str:
    with pytest.raises(RowError) as refused:
        parse_listing({**ROW, **changed}, default_currency=None)
    return refused.value.message


def filed_under(category: str, title: str) -> Category:
    """The category of a row with this cell and title."""
    row = {**ROW, "category": category, "title": title}
    return parse_listing(row, default_currency=None).category


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


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("Women > Dresses > Midi", Category.DRESS),
        ("Apparel & Accessories > Clothing > Dresses", Category.DRESS),
        ("Hat/beanie", Category.HAT),
        ("피케/카라 티셔츠", Category.POLO),
        ("상의/셔츠/블라우스", Category.SHIRT),
        ("Men|Shoes|Running", Category.SHOES),
    ],
)
def test_of_a_path_of_categories_the_narrowest_known_counts(path: str, category: Category) -> None:
    row = {**ROW, "category": path}
    assert parse_listing(row, default_currency=None).category is category


@pytest.mark.parametrize(
    "path",
    [
        "Women > Dresses > Pyjama shorts",
        "Women/Dresses/Pyjama shorts",
        "Men > Shirts > Ties",
        "Men > Shirts > Ties > Silk",
        "Women > Shoes > Shoe care",
        "Accessories > Hats > Shower cap",
        "모자 > 양말",
    ],
)
def test_a_path_that_ends_with_what_is_none_of_the_13_is_refused(path: str) -> None:
    assert refusal(category=path) == f"category {path!r} means none of the 13 categories"


@pytest.mark.parametrize(
    ("level", "category"),
    [
        ("Coats & Jackets", Category.OUTERWEAR),
        ("Women > Shirts & Blouses", Category.SHIRT),
        ("Sweaters and Cardigans", Category.LONGSLEEVE),
        ("코트 및 자켓", Category.OUTERWEAR),
        ("Pants+Leggings", Category.PANTS),
        ("Men & Women Shoes", Category.SHOES),
        ("Kids > Girls' and Boys' T-shirts", Category.T_SHIRT),
        ("Dresses > Dresses & Skirts", Category.DRESS),
    ],
)
def test_terms_that_are_joined_count_where_those_that_are_known_agree(
    level: str, category: Category
) -> None:
    assert filed_under(level, "Number 7") is category


@pytest.mark.parametrize(
    "level",
    [
        "Trousers & Shorts",
        "Women > Dresses & Skirts",
        "Women/Dresses & Skirts",
        "원피스 및 스커트",
        "Bags & Shoes",
        "Shoes & Bags",
        "Scarves & Hats",
        "Shoes & Accessories",
        "Hats > Hats and Gloves",
        "Shoes > Socks & Tights",
        "Tops > Shirts & Tops",
        "Tops > Shirts & Tops > New in",
        "Bags & Shoes > New in",
        "Apparel & Accessories > Clothing > Shirts & Tops",
        "Shoes > Dresses & Skirts",
        "Men & Women",
    ],
)
def test_joined_terms_that_differ_are_refused_rather_than_one_of_them_taken(level: str) -> None:
    told = refusal(category=level, title="Number 7")
    assert told == f"category {level!r} means none of the 13 categories"


@pytest.mark.parametrize(
    ("level", "title", "category"),
    [
        ("Dresses & Skirts", "Floral midi dress", Category.DRESS),
        ("Dresses & Skirts", "Pleated skirt in navy", Category.SKIRT),
        ("Dresses & Skirts", "T-shirt dress, short", Category.DRESS),
        ("Dresses & Skirts", "Wrap dress with pleated skirt", Category.DRESS),
        ("원피스 및 스커트", "플로럴 롱원피스", Category.DRESS),
        ("Trousers & Shorts", "Denim shorts", Category.SHORTS),
        ("Clothing > Shirts & Tops", "Graphic tee", Category.T_SHIRT),
        ("Bags & Shoes", "Leather Chelsea boots", Category.SHOES),
        ("Shirts & Tops", "Tee Shirt Homme", Category.T_SHIRT),
        ("T-Shirts & Polos", "Polo T-Shirt", Category.POLO),
        ("Dresses & Skirts", "Pleated skirt 100", Category.SKIRT),
        ("Dresses & Skirts", "Midi skirt 020", Category.SKIRT),
        ("Pants & Shorts", "Short Pants", Category.SHORTS),
    ],
)
def test_a_title_tells_which_of_joined_terms_is_meant(
    level: str, title: str, category: Category
) -> None:
    assert filed_under(level, title) is category


@pytest.mark.parametrize(
    ("level", "title", "category"),
    [
        ("원피스/스커트", "플라워 롱 원피스", Category.DRESS),
        ("Dresses/Skirts", "Floral midi dress", Category.DRESS),
        ("Women > Dresses, Skirts", "Floral midi dress", Category.DRESS),
        ("Pants/Shorts", "Wide-leg trousers", Category.PANTS),
        ("T-Shirts/Polos", "Crew T-shirt", Category.T_SHIRT),
        ("Hats, Scarves & Gloves", "Wool beanie", Category.HAT),
        ("Hats, Gloves & Scarves", "Bucket Hat", Category.HAT),
        ("Shoes, Bags & Accessories", "Leather boots", Category.SHOES),
        ("Women/Dresses, Jumpsuits & Skirts", "Pleated skirt", Category.SKIRT),
    ],
)
def test_a_slash_and_a_comma_join_terms_where_the_title_tells_which(
    level: str, title: str, category: Category
) -> None:
    assert filed_under(level, title) is category


@pytest.mark.parametrize(
    ("path", "title", "category"),
    [
        ("Women/Tops/Hoodies", "Logo top", Category.HOODIE),
        ("상의/셔츠/블라우스", "Plain tee", Category.SHIRT),
        ("피케/카라 티셔츠", "Plain tee", Category.POLO),
        ("Men/Shirts/Polos", "Number 7", Category.POLO),
        ("Denim/Jackets", "Denim trucker", Category.OUTERWEAR),
        ("Knit/Dresses", "Rib knit midi", Category.DRESS),
        ("Women, Dresses, Midi", "Number 7", Category.DRESS),
        ("Cap/peaked", "Wool hat", Category.HAT),
    ],
)
def test_other_paths_by_slash_and_comma_mean_their_narrowest(
    path: str, title: str, category: Category
) -> None:
    assert filed_under(path, title) is category


@pytest.mark.parametrize(
    ("level", "title"),
    [
        ("Dresses & Skirts", "Two-in-one: dress, skirt"),
        ("Dresses & Skirts", "Dress and skirt"),
        ("Bags & Shoes", "Leather handbag"),
        ("Bags & Shoes", "Shoe bag"),
        ("Bags/Shoes", "Leather handbag"),
        ("Dresses, Jumpsuits & Skirts", "Pleated midi"),
        ("Hats, Scarves & Gloves", "Wool mittens"),
        ("Women > Pyjama jumpsuit/playsuit", "Playsuit"),
        ("Shirts & Tops", "Striped polo shirt"),
        ("Shirts & Tops", "Sweatshirt with T-shirt print"),
        ("Shirts & Tops", "Sweat Shirt"),
        ("Shirts & Tops", "Hooded sweat shirt"),
        ("Umbrella", "Floral midi dress"),
    ],
)
def test_a_title_that_names_several_of_them_or_none_decides_nothing(level: str, title: str) -> None:
    assert "means none of the 13 categories" in refusal(category=level, title=title)


def test_a_shops_own_word_for_joined_terms_goes_before_the_title() -> None:
    rules = RowRules(terms={"dresses & skirts": Category.SKIRT, "oberteile": Category.SHIRT})
    for level, category in [
        ("Dresses & Skirts", Category.SKIRT),
        ("Damen > Dresses & Skirts", Category.SKIRT),
        ("Oberteile & Blusen", Category.SHIRT),
    ]:
        row = {**ROW, "category": level, "title": "Floral midi dress"}
        assert parse_listing(row, default_currency=None, rules=rules).category is category


_WORDS = st.lists(
    st.sampled_from(
        [*"&>/,+-.", "and", "및", "with", "Dresses", "skirt", "Bags", "Tops", "Men", ""]
    )
)


@given(_WORDS.map(" ".join) | st.text(max_size=40), _WORDS.map(" ".join) | st.text(max_size=40))
def test_any_category_beside_any_title_is_one_of_the_13_or_refused(level: str, title: str) -> None:
    row = {**ROW, "category": level, "title": title}
    try:
        listing = parse_listing(row, default_currency=None)
    except RowError:
        return
    assert listing.category in Category


def test_a_shops_own_word_for_the_narrowest_goes_before_what_is_known() -> None:
    rules = RowRules(terms={"ties": Category.SHIRT, "shirts": Category.POLO})
    for path, category in [("Men > Ties", Category.SHIRT), ("Men > Shirts", Category.POLO)]:
        listing = parse_listing({**ROW, "category": path}, default_currency=None, rules=rules)
        assert listing.category is category


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
        ("https://shop.example/<p>", False),
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
