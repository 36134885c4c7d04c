"""The contract: taxonomy, money, errors, wire types."""

from __future__ import annotations

import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lookalike.contract.errors import (
    ERROR_TYPES,
    InternalError,
    LookalikeError,
    RateLimitedError,
    error_from_wire,
)
from lookalike.contract.money import from_minor, to_minor
from lookalike.contract.schemas import ProductReply, RecommendParams
from lookalike.contract.taxonomy import CATEGORIES, Category, category_of


def test_there_are_13_categories_each_known_by_its_own_name() -> None:
    assert len(CATEGORIES) == 13
    assert [category_of(str(category)) for category in CATEGORIES] == list(CATEGORIES)


@pytest.mark.parametrize(
    ("term", "category"),
    [
        ("T-Shirt", Category.T_SHIRT),
        ("Vest top", Category.T_SHIRT),
        ("  Slim Fit JEANS ", Category.PANTS),
        ("Leggings/Tights", Category.PANTS),
        ("Hat/beanie", Category.HAT),
        ("니트/스웨터", Category.LONGSLEEVE),
        ("후드 티셔츠", Category.HOODIE),
        ("원피스", Category.DRESS),
        ("001002", Category.SHIRT),
        ("003002", Category.PANTS),
        ("003009", Category.SHORTS),
        ("002025", Category.OUTERWEAR),
        ("Polo_Shirt", Category.POLO),
        ("Graphic T-Shirt", Category.T_SHIRT),
        ("Long Sleeve T-Shirt", Category.LONGSLEEVE),
        ("Striped Polo Shirt", Category.POLO),
        ("Logo Tee Shirt", Category.T_SHIRT),
        ("Long Sleeve Tee Shirt", Category.LONGSLEEVE),
        ("Polo T-Shirts", Category.POLO),
        ("Polo Tee", Category.POLO),
        ("Sweat Shirt", Category.HOODIE),
        ("Crewneck Sweatshirt", Category.HOODIE),
        ("맨투맨/스웨트셔츠", Category.HOODIE),
        ("001005", Category.HOODIE),
        ("Hooded sweat shirt", Category.HOODIE),
        ("Short Pants", Category.SHORTS),
        ("Leather Chelsea Boots", Category.SHOES),
        ("롱원피스", Category.DRESS),
        ("여성 와이드팬츠", Category.PANTS),
        ("청반바지", Category.SHORTS),
        ("Bikini top", None),
        ("Straw hat", Category.HAT),
        ("잠옷바지", None),
        ("Umbrella", None),
        ("999", None),
        ("", None),
    ],
)
def test_shop_terms_map_onto_the_categories(term: str, category: Category | None) -> None:
    assert category_of(term) is category


@given(st.text(max_size=60))
def test_any_text_is_a_category_or_none(term: str) -> None:
    assert category_of(term) in {*CATEGORIES, None}


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("39.99", "USD", 3999), ("0.005", "EUR", 1), ("12900", "KRW", 12900), ("1.5", "KWD", 1500)],
)
def test_prices_become_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@given(st.integers(0, 10**12), st.sampled_from(["USD", "KRW", "KWD"]))
def test_minor_units_survive_the_way_out_and_back(minor: int, currency: str) -> None:
    assert to_minor(from_minor(minor, currency), currency) == minor


@pytest.mark.parametrize("error_type", ERROR_TYPES)
def test_an_error_survives_pickling_and_the_wire(error_type: type[LookalikeError]) -> None:
    error = error_type("why")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.message, copy.args) == (error_type, "why", ("why",))
    assert type(error_from_wire(error.code, error.http_status, "why")) is error_type


@pytest.mark.parametrize(("told", "seconds"), [("30", 30), (None, 1), ("soon", 1)])
def test_when_to_ask_again_comes_with_the_error(told: str | None, seconds: int) -> None:
    error = error_from_wire("rate_limited", 429, "too often", told)
    assert isinstance(error, RateLimitedError)
    assert pickle.loads(pickle.dumps(error)).retry_after_s == seconds


@pytest.mark.parametrize("error_type", ERROR_TYPES)
def test_the_id_of_the_request_comes_with_the_error(error_type: type[LookalikeError]) -> None:
    assert error_type("why").request_id is None
    told = error_from_wire(error_type.code, error_type.http_status, "why", request_id="order-42")
    assert pickle.loads(pickle.dumps(told)).request_id == "order-42"


def test_an_unknown_code_is_an_internal_error() -> None:
    assert type(error_from_wire("teapot", 418, "short and stout")) is InternalError


def test_parameters_are_strict_and_frozen() -> None:
    with pytest.raises(ValidationError, match="colour"):
        RecommendParams.model_validate({"colour": "red"})
    params = RecommendParams()
    with pytest.raises(ValidationError, match="frozen"):
        params.k = 3


def test_a_price_is_a_number_on_the_wire() -> None:
    product = ProductReply(
        id="a",
        title="b",
        brand="c",
        category=Category.HAT,
        price=Decimal("39.90"),
        currency="USD",
        item_url="",
        image_url=None,
        attributes={},
    )
    assert '"price":39.9,' in product.model_dump_json()


@given(
    st.integers(0, 10**11).map(lambda cents: cents / 100),
    st.sampled_from([0.7, 0.75, 0.8, 0.9, 0.95, 1.1]),
)
def test_a_limit_may_be_computed_in_floating_point(price: float, share: float) -> None:
    params = RecommendParams.model_validate_json(f'{{"max_price":{price * share!r}}}')
    exactly = Decimal(str(price)) * Decimal(str(share))
    assert params.max_price is not None
    assert abs(params.max_price - exactly) <= max(Decimal("1e-6"), exactly * Decimal("1e-15"))
    again = RecommendParams.model_validate_json(params.model_dump_json())
    assert again == params


def test_limits_are_taken_to_six_places() -> None:
    params = RecommendParams.model_validate({"min_price": 7.069999999999999, "max_price": "7.07"})
    assert params.min_price == params.max_price == Decimal("7.07")


@pytest.mark.parametrize("amount", [-0.01, 1e13, float("inf"), float("nan"), "dear"])
def test_limits_that_are_no_amounts_are_refused(amount: object) -> None:
    with pytest.raises(ValidationError, match="max_price"):
        RecommendParams.model_validate({"max_price": amount})


@pytest.mark.parametrize("amount", [0, -1, "0.0000001", 1e13, float("inf"), float("nan"), "dear"])
def test_a_reference_price_that_nothing_costs_is_refused(amount: object) -> None:
    with pytest.raises(ValidationError, match="reference_price"):
        RecommendParams.model_validate({"sort": "value", "reference_price": amount})


@pytest.mark.parametrize("amount", ["0.001", "89.90", 89.9, 10**12])
def test_a_reference_price_stays_the_same_on_its_way(amount: object) -> None:
    params = RecommendParams.model_validate({"sort": "value", "reference_price": amount})
    assert RecommendParams.model_validate_json(params.model_dump_json()) == params


@pytest.mark.parametrize("sort", ["similarity", "price"])
def test_a_reference_price_without_savings_to_measure_is_refused(sort: str) -> None:
    with pytest.raises(ValidationError, match='counts with sort "value" alone'):
        RecommendParams.model_validate({"sort": sort, "reference_price": 89})


def test_a_brand_has_no_white_space_around_it() -> None:
    assert RecommendParams(brands=[" Acme\u3000"]).brands == ["Acme"]
    with pytest.raises(ValidationError, match="brands"):
        RecommendParams(brands=["  "])
