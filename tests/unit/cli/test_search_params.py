"""The options of a search as the service takes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
import typer

from cli.search_params import search_params
from lookalike.contract.schemas import RecommendParams
from lookalike.contract.taxonomy import Category


def asked(categories: list[str] | None) -> RecommendParams:
    return search_params(
        k=10,
        max_price=None,
        min_price=None,
        currency=None,
        categories=categories,
        brands=None,
        sort="similarity",
    )


def test_categories_are_named_or_left_to_the_service() -> None:
    assert asked(None).categories == "auto"
    assert asked(["any"]).categories == "any"
    assert asked(["dress", "hat"]).categories == [Category.DRESS, Category.HAT]


@pytest.mark.parametrize("named", [["any", "dress"], ["dress", "auto"], ["auto", "auto"]])
def test_auto_and_any_stand_alone(named: list[str]) -> None:
    with pytest.raises(typer.BadParameter, match="auto and --category any stand alone"):
        asked(named)


def test_a_category_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(typer.BadParameter, match="'spoon' is none of: auto, any, t-shirt, "):
        asked(["dress", "spoon", "any"])


def test_a_currency_may_be_typed_in_small_letters() -> None:
    params = search_params(
        k=10,
        max_price=None,
        min_price=None,
        currency="eur",
        categories=None,
        brands=None,
        sort="similarity",
    )
    assert params.currency == "EUR"


def priced(max_price: str) -> RecommendParams:
    return search_params(
        k=10,
        max_price=max_price,
        min_price=None,
        currency=None,
        categories=None,
        brands=None,
        sort="similarity",
    )


def test_prices_are_read_as_in_the_terminal_ui() -> None:
    for typed, amount in (
        ("40", "40"),
        ("1,299.90", "1299.90"),
        ("1.299,90", "1299.90"),
        ("1'299.90", "1299.90"),
        ("15.991999999999999", "15.992"),
    ):
        assert priced(typed).max_price == Decimal(amount), typed


@pytest.mark.parametrize("wrong", ["29.900", "", "-1", "nan", "1e99", "cheap"])
def test_a_price_that_is_none_or_may_be_two_is_told_with_its_option(wrong: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"--max-price .* like 40 or 39\.90") as refused:
        priced(wrong)
    assert repr(wrong) in refused.value.message


def test_what_the_look_costs_is_passed_on_and_left_out_where_it_is_not_said() -> None:
    """A service of an earlier version refuses the field: it must not be sent for nothing."""
    assert "reference_price" not in asked(None).model_fields_set
    params = search_params(
        k=10,
        max_price=None,
        min_price=None,
        currency=None,
        categories=None,
        brands=None,
        sort="value",
        reference_price="89.90",
    )
    assert params.reference_price == Decimal("89.90")
