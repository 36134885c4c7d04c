"""What the interface tells without asking is what the service would say, ties included."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product as pairs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lookalike.contract.schemas import Sort
from lookalike.search import ShardHit
from tests.unit.tui.answers import answer, hit, photo, question
from tests.unit.tui.catalogues import catalogues, told
from tui.search.filters import Filters
from tui.search.narrowing import narrowed

PHOTO = photo()
ORDERS: tuple[Sort, ...] = ("similarity", "price")


filters = st.builds(
    Filters,
    sort=st.sampled_from(ORDERS),
    k=st.integers(1, 9),
    reference_price=st.sampled_from([None, Decimal(10), Decimal(20)]),
)


@given(catalogues(), filters, filters)
def test_what_is_told_without_asking_is_what_the_service_says(
    catalogue: list[ShardHit], before: Filters, after: Filters
) -> None:
    known = answer(*told(catalogue, before))
    follows = narrowed(question(before, PHOTO), known, question(after, PHOTO))
    assume(follows is not None)
    assert follows is not None
    assert follows.hits == told(catalogue, after)


def test_by_price_those_without_one_come_last_as_in_the_service() -> None:
    known = answer(hit("x", 0.9, "0"), hit("a", 0.8, "20", "EUR"), hit("b", 0.7, "10", "USD"))
    by_price = question(Filters(sort="price", k=3), PHOTO)
    follows = narrowed(question(Filters(k=3), PHOTO), known, by_price)
    assert follows is not None
    assert [each.product.id for each in follows.hits] == ["a", "b", "x"]


@pytest.mark.parametrize("sort", ORDERS)
def test_what_the_look_costs_changes_no_answer_but_one_by_value(sort: Sort) -> None:
    known = answer(hit("a", 0.9, "10"), hit("b", 0.9, "10"))
    for before, after in ((None, Decimal(80)), (Decimal(80), Decimal(60)), (Decimal(80), None)):
        asked = question(Filters(sort=sort, k=2, reference_price=before), PHOTO)
        wanted = question(Filters(sort=sort, k=2, reference_price=after), PHOTO)
        assert narrowed(asked, known, wanted) == known
        for one, other in ((asked, wanted), (wanted, asked)):
            by_value = replace(one, filters=replace(one.filters, sort="value"))
            assert narrowed(by_value, known, other) is None
            assert narrowed(other, known, by_value) is None
        by_value = replace(asked, filters=replace(asked.filters, sort="value"))
        dearer = replace(wanted, filters=replace(wanted.filters, sort="value"))
        assert narrowed(by_value, known, dearer) is None


@pytest.mark.parametrize(("before", "after"), list(pairs(ORDERS, ORDERS)))
def test_nothing_is_asked_anew_where_no_two_are_alike(before: Sort, after: Sort) -> None:
    known = answer(hit("a", 0.9, "10"), hit("b", 0.8, "20"), hit("c", 0.7, "30"))
    follows = narrowed(
        question(Filters(sort=before, k=3), PHOTO), known, question(Filters(sort=after, k=2), PHOTO)
    )
    assert follows is not None
    assert [each.product.id for each in follows.hits] == ["a", "b"]


def test_the_nearest_of_those_alike_are_known_while_their_order_is() -> None:
    known = answer(hit("b", 0.9), hit("a", 0.9), hit("c", 0.9))
    follows = narrowed(question(Filters(k=3), PHOTO), known, question(Filters(k=2), PHOTO))
    assert follows is not None
    assert [each.product.id for each in follows.hits] == ["b", "a"]


@pytest.mark.parametrize("after", ORDERS)
def test_the_service_is_asked_where_prices_hide_who_is_nearer(after: Sort) -> None:
    known = answer(hit("b", 0.9, "10"), hit("a", 0.9, "20"), hit("c", 0.8, "30"))
    asked = question(Filters(sort="price", k=3), PHOTO)
    assert narrowed(asked, known, question(Filters(sort=after, k=1), PHOTO)) is None


@pytest.mark.parametrize("sort", ORDERS)
def test_the_service_is_asked_where_the_verdict_was_of_a_product_beyond_k(sort: Sort) -> None:
    near = hit("a", 0.62, "10").model_copy(update={"match": 0.4})  # by its category's own curve
    known = answer(near, hit("b", 0.6, "20").model_copy(update={"match": 0.95}))
    asked = question(Filters(sort=sort, k=2), PHOTO)
    assert narrowed(asked, known, question(Filters(sort=sort, k=1), PHOTO)) is None
    assert narrowed(asked, known, question(Filters(sort="similarity", k=2), PHOTO)) is not None
