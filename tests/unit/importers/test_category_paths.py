"""What a path of a shop's categories means where it joins terms, or names half a wardrobe."""

from __future__ import annotations

import pytest

from catalog.crawl.category_hints import category_from
from catalog.importers.listing import RowRules, parse_listing
from lookalike.contract.taxonomy import Category
from tests.unit.importers.listed_row import ROW, refusal


@pytest.mark.parametrize(
    ("path", "title", "category"),
    [
        ("원피스/스커트 > 미니", "플라워 미니 원피스", Category.DRESS),
        ("Women > Dresses/Skirts > Mini", "Floral mini dress", Category.DRESS),
        ("Women > Dresses, Skirts > Mini", "Floral mini dress", Category.DRESS),
        ("Women | Dresses/Skirts | Mini", "Denim mini skirt", Category.SKIRT),
        ("Women › Dresses/Skirts → Mini", "Floral mini dress", Category.DRESS),
        ("의류 > 바지/치마 > 롱", "롱 바지", Category.PANTS),
        ("レディース > シャツ・ブラウス", "Number 7", Category.SHIRT),
        ("Men > Shirts/Polos", "Pique polo", Category.POLO),
        ("Dresses > Dresses/Skirts > Mini", "Number 7", Category.DRESS),
        ("Women > Shoes/Boots > Sale", "Number 7", Category.SHOES),
        ("Women > Tops/Shirts > Linen", "Number 7", Category.SHIRT),
        ("상의 > 피케/카라 티셔츠 > 반팔핏", "Number 7", Category.POLO),
    ],
)
def test_beside_marks_of_a_path_slashes_and_commas_join_terms_at_every_level(
    path: str, title: str, category: Category
) -> None:
    row = {**ROW, "category": path, "title": title}
    assert parse_listing(row, default_currency=None).category is category


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("Women > Bags/Shoes > Sale", "Leather tote"),
        ("Women > Bags/Shoes", "Leather tote"),
        ("Women > Dresses/Skirts > Mini", "Number 7"),
        ("Women > Jackets, Denim", "Number 7"),
        ("Nightwear > Pyjama jumpsuit/playsuit > New", "Playsuit"),
    ],
)
def test_joined_terms_within_a_path_are_not_guessed_where_the_title_tells_none(
    path: str, title: str
) -> None:
    told = refusal(category=path, title=title)
    assert told == f"category {path!r} means none of the 13 categories"


@pytest.mark.parametrize(
    "path",
    [
        "Women > Tops > Tunics",
        "Women/Tops > Tunics",
        "Tops, Bottoms > Tunics",
        "상의 > 베스트",
        "하의 > 기획전",
    ],
)
def test_half_a_wardrobe_means_a_category_only_at_the_end_for_import_and_crawl(path: str) -> None:
    assert refusal(category=path) == f"category {path!r} means none of the 13 categories"
    assert category_from([path]) is None


@pytest.mark.parametrize("path", ["Women/Tops/Tunics", "Women, Tops, Tunics"])
def test_nor_does_it_above_others_in_a_path_by_slashes_or_commas(path: str) -> None:
    assert refusal(category=path) == f"category {path!r} means none of the 13 categories"


@pytest.mark.parametrize(
    ("path", "category"),
    [
        ("Women > Tops", Category.T_SHIRT),
        ("Women > Tops > ", Category.T_SHIRT),
        ("의류/하의", Category.PANTS),
    ],
)
def test_at_the_end_half_a_wardrobe_still_means_its_category(path: str, category: Category) -> None:
    assert parse_listing({**ROW, "category": path}, default_currency=None).category is category


def test_a_shops_own_word_for_half_a_wardrobe_counts_above_others_too() -> None:
    rules = RowRules(terms={"tops": Category.SHIRT})
    row = {**ROW, "category": "Women > Tops > Tunics"}
    assert parse_listing(row, default_currency=None, rules=rules).category is Category.SHIRT


def test_a_shops_own_word_for_a_level_with_an_umbrella_counts_above_another_level() -> None:
    rules = RowRules(terms={"tops/tees": Category.LONGSLEEVE})
    row = {**ROW, "category": "Women > Tops/Tees > Basics"}
    assert parse_listing(row, default_currency=None, rules=rules).category is Category.LONGSLEEVE
    assert parse_listing(row, default_currency=None).category is Category.T_SHIRT
