"""What an answer says as a whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from lookalike.contract.schemas import CategoryGuess, CategoryReply
from lookalike.contract.taxonomy import Category
from tests.unit.tui.answers import answer, hit, product, question
from tui.search.filters import Filters
from tui.search.history import Search
from tui.search.question import ProductQuestion
from tui.search.verdict import in_a_sentence
from tui.widgets.verdict_bar import VerdictBar

NARROW = [
    Filters(category=Category.HAT),
    Filters(max_price=Decimal(20)),
    Filters(brands=("Acme",)),
]
NO_PRODUCT = answer().model_copy(update={"verdict": "none_close"})
UNLIKE = answer(hit("a", 0.1)).model_copy(update={"verdict": "none_close"})


@pytest.mark.parametrize("filters", NARROW)
def test_filters_that_leave_nothing_are_told_as_the_reason(filters: Filters) -> None:
    no_product = "No product fits these filters."
    assert in_a_sentence(Search(question(filters), NO_PRODUCT)) == no_product
    likes = ProductQuestion(product("a"), filters)
    assert in_a_sentence(Search(likes, NO_PRODUCT)) == no_product


def test_nothing_without_filters_is_the_catalogues_lack() -> None:
    anything = replace(Filters(), category="any")
    for asked, told in (
        (question(anything), "The catalogue is empty."),
        (question(), "No product of this category is in the catalogue."),
        (
            ProductQuestion(product("a"), Filters()),
            "No other product of this category is in the catalogue.",
        ),
        (ProductQuestion(product("a"), anything), "No other product is in the catalogue."),
    ):
        assert in_a_sentence(Search(asked, NO_PRODUCT)) == told


@pytest.mark.parametrize("filters", NARROW)
def test_unlike_products_are_not_said_to_be_all_that_there_is(filters: Filters) -> None:
    told = in_a_sentence(Search(question(filters), UNLIKE))
    assert told == "Nothing close fits these filters; these come nearest."
    told = in_a_sentence(Search(question(), UNLIKE))
    assert told == "Nothing close is in the catalogue; these come nearest."


def test_what_is_there_is_there_whatever_the_filters() -> None:
    for filters in (Filters(), *NARROW):
        found = Search(question(filters), answer(hit("a")))
        assert in_a_sentence(found) == "The same look is in the catalogue."


def test_a_category_is_no_surer_than_it_is() -> None:
    others = [(Category.HAT, 0.0199), (Category.OUTERWEAR, 0.0099)]
    category = CategoryReply(
        name=Category.DRESS,
        confidence=0.9764,
        alternatives=[CategoryGuess(name=name, confidence=part) for name, part in others],
    )
    bar = VerdictBar()
    bar.show(Search(question(), answer(hit("a")).model_copy(update={"category": category})))
    assert str(bar.content).startswith("dress ███████▊ 97%   or hat 1%   looked among t-shirt\n")
