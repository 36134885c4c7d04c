"""What can't be bought any more is told by the words of schema.org and of shops' feeds."""

from __future__ import annotations

import pytest

from lookalike.contract.availability import is_sold_out


@pytest.mark.parametrize(
    "availability",
    [
        "OutOfStock",
        "SoldOut",
        "Discontinued",
        "https://schema.org/OutOfStock",
        "http://schema.org/SoldOut/",
        "out_of_stock",
        "out of stock",
        " Sold out ",
    ],
)
def test_sold_out_in_the_words_of_pages_and_feeds(availability: str) -> None:
    assert is_sold_out({"availability": availability})


@pytest.mark.parametrize(
    "availability",
    ["InStock", "https://schema.org/PreOrder", "in_stock", "LimitedAvailability", ""],
)
def test_anything_else_can_be_bought_as_far_as_it_says(availability: str) -> None:
    assert not is_sold_out({"availability": availability})


def test_what_says_nothing_can_be_bought() -> None:
    assert not is_sold_out({"colour": "OutOfStock"})
