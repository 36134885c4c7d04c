"""Which of the 13 categories a shop's own words for them mean, with a product's title."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.importers.listing import RowError, RowRules, parse_listing
from cli.catalog.shop_words import terms_of
from lookalike.contract.taxonomy import Category
from tests.unit.importers.listed_row import ROW, refusal


def filed_under(category: str, title: str) -> Category:
    """The category of a row with this cell and title."""
    row = {**ROW, "category": category, "title": title}
    return parse_listing(row, default_currency=None).category


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


@pytest.mark.parametrize("number", ["100101", "100205", "103077", "Women > 100101"])
def test_a_shops_own_number_of_a_category_means_nothing_until_it_says_what(number: str) -> None:
    assert refusal(category=number) == f"category {number!r} means none of the 13 categories"
    rules = RowRules(terms=terms_of([f"{number}=skirt"]))
    row = {**ROW, "category": number}
    assert parse_listing(row, default_currency=None, rules=rules).category is Category.SKIRT


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


@pytest.mark.parametrize(
    ("word", "cell"),
    [
        ("원피스류", normalize("NFD", "원피스류")),
        (normalize("NFD", "원피스류"), "여성 > 원피스류"),
        ("コートﾙｲ", "ｺｰﾄルイ"),
        ("Tシャツ類", "メンズ／Ｔｼｬﾂ類"),
        ("Größen", "Damen > GRÖSSEN"),
    ],
)
def test_a_shops_own_word_counts_however_its_letters_are_written(word: str, cell: str) -> None:
    rules = RowRules(terms=terms_of([f"{word}=dress"]))
    listing = parse_listing({**ROW, "category": cell}, default_currency=None, rules=rules)
    assert listing.category is Category.DRESS


def test_a_shops_own_word_for_the_narrowest_goes_before_what_is_known() -> None:
    rules = RowRules(terms={"ties": Category.SHIRT, "shirts": Category.POLO})
    for path, category in [("Men > Ties", Category.SHIRT), ("Men > Shirts", Category.POLO)]:
        listing = parse_listing({**ROW, "category": path}, default_currency=None, rules=rules)
        assert listing.category is category
