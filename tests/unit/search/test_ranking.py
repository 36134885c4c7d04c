"""Price and value reorder what is alike; neither lets a price stand in for a likeness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.contract.taxonomy import Category
from lookalike.merge import hit_order
from lookalike.products import Product
from lookalike.ranking import RankedHit, candidates_needed, rank_hits, value_of
from lookalike.search import ShardHit

deterministic = settings(derandomize=True, database=None, max_examples=100)

PRODUCTS = st.builds(
    Product,
    id=st.integers(0, 10**6).map(str),
    title=st.just(""),
    brand=st.just(""),
    category=st.sampled_from((Category.DRESS, Category.SHOES)),
    price_minor=st.integers(0, 10_000),
    currency=st.sampled_from(("EUR", "EUR", "USD", "JPY")),
    item_url=st.just(""),
)
HITS = st.lists(
    st.builds(ShardHit, st.sampled_from((0.2, 0.5, 0.8, 0.9, 0.91)), PRODUCTS),
    max_size=70,
    unique_by=lambda hit: hit.product.id,
).map(lambda hits: sorted(hits, key=hit_order))


def match_of(similarity: float, category: Category) -> float:
    return similarity**2 if category is Category.DRESS else similarity


def hit(name: str, similarity: float, price_minor: int, currency: str = "EUR") -> ShardHit:
    return ShardHit(similarity, Product(name, "", "", Category.SHOES, price_minor, currency, ""))


def ids(ranked: Sequence[RankedHit | ShardHit]) -> list[str]:
    return [r.product.id for r in ranked]


def test_similarity_keeps_the_order_of_the_search_and_adds_the_match() -> None:
    ranked = rank_hits([hit("a", 0.9, 5), hit("b", 0.5, 1)], "similarity", 5, match_of)
    assert [(r.rank, r.product.id, r.match) for r in ranked] == [(1, "a", 0.9), (2, "b", 0.5)]
    assert all(r.value is None and r.saving is None for r in ranked)


@deterministic
@given(hits=HITS, k=st.integers(1, 30))
def test_price_shows_the_k_most_similar_cheapest_first(hits: list[ShardHit], k: int) -> None:
    ranked = rank_hits(hits, "price", k, match_of)
    assert sorted(ids(ranked)) == sorted(h.product.id for h in hits[:k])
    assert [r.rank for r in ranked] == list(range(1, len(ranked) + 1))
    for before, after in pairwise(ranked):
        if not after.product.has_price:
            continue
        assert before.product.has_price
        if before.product.currency == after.product.currency:
            assert before.product.price_minor <= after.product.price_minor


def test_price_puts_the_first_hit_s_currency_first_and_keeps_currencies_together() -> None:
    hits = [hit("a", 0.9, 50), hit("b", 0.8, 2, "JPY"), hit("c", 0.7, 9), hit("d", 0.6, 1, "JPY")]
    assert ids(rank_hits(hits, "price", 4, match_of)) == ["c", "a", "d", "b"]


def test_price_puts_those_without_one_last_whatever_their_currency() -> None:
    """A photo comes in at a price of 0 USD: nobody said what it costs, nor in what."""
    photos = [hit("x", 0.95, 0, "USD"), hit("y", 0.85, 0), hit("z", 0.75, 0, "USD")]
    hits = [hit("a", 0.9, 50), hit("b", 0.8, 2, "USD"), hit("c", 0.7, 9)]
    mixed = sorted((*photos, *hits), key=hit_order)
    assert ids(rank_hits(mixed, "price", 6, match_of)) == ["c", "a", "b", "x", "y", "z"]


def test_price_ties_go_to_the_more_similar_then_to_the_lower_id() -> None:
    hits = [hit("c", 0.9, 50), hit("a", 0.8, 50), hit("b", 0.8, 50)]
    assert ids(rank_hits(hits, "price", 3, match_of)) == ["c", "a", "b"]


@deterministic
@given(hits=HITS, k=st.integers(1, 30), asked_about=st.none() | PRODUCTS)
def test_a_cheaper_twin_never_ranks_below_its_dearer_twin(
    hits: list[ShardHit], k: int, asked_about: Product | None
) -> None:
    ranked = rank_hits(hits, "value", k, match_of, asked_about)
    assert len(ranked) == min(k, len(hits[: candidates_needed("value", k)]))
    for i, above in enumerate(ranked):
        for below in ranked[i + 1 :]:
            twins = replace(above.product, id="", price_minor=0) == replace(
                below.product, id="", price_minor=0
            )
            priced = above.product.has_price and below.product.has_price
            if twins and priced and above.similarity == below.similarity:
                assert above.product.price_minor <= below.product.price_minor


@deterministic
@given(hits=HITS, k=st.integers(1, 30), asked_about=st.none() | PRODUCTS)
def test_values_fall_and_are_the_documented_formula(
    hits: list[ShardHit], k: int, asked_about: Product | None
) -> None:
    ranked = rank_hits(hits, "value", k, match_of, asked_about)
    values = [r.value for r in ranked if r.value is not None]
    assert len(values) == len(ranked)
    assert values == sorted(values, reverse=True)
    assert values == [r.match * (1 + 0.5 * (r.saving or 0)) for r in ranked]
    assert all(r.saving is None or -1 <= r.saving <= 1 for r in ranked)


@deterministic
@given(
    match=st.floats(0.01, 1), share=st.floats(0, 0.33), savings=st.tuples(*[st.floats(-1, 1)] * 2)
)
def test_no_saving_lifts_a_match_past_one_three_times_as_likely(
    match: float, share: float, savings: tuple[float, float]
) -> None:
    assert value_of(match * share, savings[0]) < value_of(match, savings[1])


@pytest.mark.parametrize(
    ("price_minor", "saving"), [(1, 0.9995), (1000, 0.5), (2000, 0.0), (3000, -0.5), (9000, -1.0)]
)
def test_savings_are_measured_from_the_product_that_was_asked_about(
    price_minor: int, saving: float
) -> None:
    asked_about = hit("q", 1.0, 2000).product
    ranked = rank_hits([hit("a", 0.9, price_minor)], "value", 1, match_of, asked_about)
    assert ranked[0].saving == saving


def test_without_one_savings_are_measured_from_the_median_in_the_first_hit_s_currency() -> None:
    hits = [hit("a", 0.9, 100), hit("b", 0.8, 7, "JPY"), hit("c", 0.7, 200), hit("d", 0.6, 50)]
    ranked = rank_hits(hits, "value", 4, match_of)
    savings = {r.product.id: r.saving for r in ranked}
    assert savings == {"a": 0.0, "b": None, "c": -1.0, "d": 0.5}


def test_who_knows_what_the_look_costs_sees_cheaper_ones_as_cheaper() -> None:
    """The question had a limit of 89.00, so that the median is that of unlike, cheap products."""
    unlike = [hit(f"u{n:02}", 0.3, 2_500 + 10 * n) for n in range(49)]
    hits = [hit("same", 0.96, 8_000), *unlike]
    by_median = rank_hits(hits, "value", 50, match_of)
    assert {r.product.id: r.saving for r in by_median}["same"] == -1.0
    ranked = rank_hits(hits, "value", 1, match_of, Decimal("89.00"))
    assert ranked[0].product.id == "same"
    assert ranked[0].saving == pytest.approx(9 / 89)
    assert ranked[0].value == pytest.approx(0.96 * (1 + 0.5 * 9 / 89))


@pytest.mark.parametrize(
    ("currency", "price_minor"), [("EUR", 4_475), ("JPY", 45), ("KWD", 44_750)]
)
def test_what_the_look_costs_is_in_major_units_of_the_first_hits_currency(
    currency: str, price_minor: int
) -> None:
    hits = [hit("a", 0.9, price_minor, currency), hit("b", 0.8, 1, "USD")]
    ranked = rank_hits(hits, "value", 2, match_of, Decimal("89.5"))
    savings = {r.product.id: r.saving for r in ranked}
    assert savings["a"] == pytest.approx(0.5, abs=0.01)
    assert savings["b"] is None


@pytest.mark.parametrize("reference", [None, Decimal("49.99"), hit("q", 1.0, 4_999).product])
def test_a_price_that_nobody_said_saves_nothing(reference: Product | Decimal | None) -> None:
    hits = [hit("same", 0.9, 4_999), hit("photo", 0.8, 0)]
    ranked = rank_hits(hits, "value", 2, match_of, reference)
    assert [(r.product.id, r.saving) for r in ranked] == [("same", 0.0), ("photo", None)]


def test_prices_that_nobody_said_count_for_no_median_and_no_currency() -> None:
    photos = [hit(f"p{n}", 0.95, 0, "USD") for n in range(5)]
    hits = [*photos, hit("a", 0.9, 100), hit("c", 0.7, 200), hit("d", 0.6, 50)]
    savings = {r.product.id: r.saving for r in rank_hits(hits, "value", 8, match_of)}
    assert savings == {"a": 0.0, "c": -1.0, "d": 0.5} | dict.fromkeys(ids(photos))


def test_without_any_price_there_is_no_saving() -> None:
    hits = [hit("a", 0.9, 0), hit("b", 0.8, 0)]
    for reference in (None, Decimal(20), hit("q", 1.0, 0).product):
        ranked = rank_hits(hits, "value", 2, match_of, reference)
        assert [(r.product.id, r.saving) for r in ranked] == [("a", None), ("b", None)]


def test_value_looks_past_the_k_most_similar_and_the_others_do_not() -> None:
    assert [candidates_needed("value", k) for k in (1, 10, 20)] == [50, 50, 100]
    assert [candidates_needed(sort, 7) for sort in ("similarity", "price")] == [7, 7]
