"""Numbers that a shop's codes of categories may be."""

from __future__ import annotations

import pytest

from lookalike.contract.taxonomy import Category, category_of


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("100", Category.DRESS),
        ("001001", Category.T_SHIRT),
        ("001001002", Category.T_SHIRT),
        ("001999", None),
    ],
)
def test_a_code_has_three_digits_a_level(code: str, category: Category | None) -> None:
    assert category_of(code) is category


@pytest.mark.parametrize("number", ["1001", "10033", "0020251", "10012345", "001001002003"])
def test_a_shop_s_own_number_is_no_code_whatever_it_begins_with(number: str) -> None:
    assert category_of(number) is None
