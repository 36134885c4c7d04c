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
        (["New in", "Sneakers", "Women"], Category.SHOES),
        (["Tops"], Category.T_SHIRT),
        (["/category/001004"], Category.HOODIE),
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
    ],
)
def test_nothing_is_guessed(hints: list[str]) -> None:
    assert category_from(hints) is None
