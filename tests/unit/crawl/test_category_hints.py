"""Shops' own words for what they sell."""

from __future__ import annotations

import pytest

from catalog.crawl.category_hints import category_from
from lookalike.contract.taxonomy import Category


@pytest.mark.parametrize(
    ("hints", "category"),
    [
        (["Women > Tops > Hoodies"], Category.HOODIE),
        (["Women / Dresses / Midi"], Category.DRESS),
        (["Coats & Jackets"], Category.OUTERWEAR),
        (["상의 > 반소매 티셔츠"], Category.T_SHIRT),
        (["여성 › 원피스"], Category.DRESS),
        (["니트/스웨터"], Category.LONGSLEEVE),
        (["상의 > 피케/카라 티셔츠"], Category.POLO),
        (["New in", "Sneakers", "Women"], Category.SHOES),
        (["Tops"], Category.T_SHIRT),
        (["/category/001004"], Category.HOODIE),
        (["Dresses > Wrap dress with silk belt"], Category.DRESS),
        (["Hats > Straw things"], Category.HAT),
    ],
)
def test_the_narrowest_word_with_a_meaning_counts(hints: list[str], category: Category) -> None:
    assert category_from(hints) is category


@pytest.mark.parametrize(
    "hints",
    [
        [],
        [""],
        ["Women > Bags"],
        ["Trousers & Shorts"],
        ["Tops > Brand new arrivals"],
        ["하의 > 기획전"],
        ["Men > Shirts > Ties"],
        ["Women > Dresses > Pyjama shorts", "Dresses"],
        ["Shoe care", "Women > Shoes"],
        ["모자 > 양말"],
        ["Hats & Gloves"],
        ["Hats & Gloves", "Hats"],
        ["Shoes & Accessories"],
        ["/category/100101"],
        ["Women > 103077"],
        ["a long description of a dress " * 100],
    ],
)
def test_nothing_is_guessed(hints: list[str]) -> None:
    assert category_from(hints) is None


def test_a_title_tells_which_of_joined_terms_is_meant() -> None:
    assert category_from(["Trousers & Shorts"], title="Denim shorts") is Category.SHORTS
    assert category_from(["Trousers & Shorts"], title="Floral dress") is None
    assert category_from(["Dresses & Skirts", "Dresses"]) is Category.DRESS


def test_the_category_of_a_crawl_is_for_what_has_none_and_not_for_what_is_none() -> None:
    assert category_from(["New in"], otherwise=Category.DRESS) is Category.DRESS
    assert category_from([], otherwise=Category.DRESS) is Category.DRESS
    assert category_from(["New in", "Bags"], otherwise=Category.DRESS) is None
