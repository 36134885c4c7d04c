"""What the interface tells without asking is what the service would say, ties included."""

from __future__ import annotations

from itertools import product as pairs

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lookalike.contract.money import to_minor
from lookalike.contract.schemas import Hit, Sort
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from lookalike.ranking import rank_hits
from lookalike.search import ShardHit
from tests.unit.tui.answers import answer, hit, photo, question
from tui.search.filters import Filters
from tui.search.narrowing import narrowed

PHOTO = photo()
ORDERS: tuple[Sort, ...] = ("similarity", "price")


@st.composite
def catalogues(draw: st.DrawFn) -> list[ShardHit]:
    """All there is, as the search orders it; many are alike to the sixth decimal."""
    similarity = st.sampled_from([0.9, 0.9 + 1e-7, 0.9 + 2e-7, 0.8, 0.7])
    price = st.sampled_from(["0", "10", "20", "20.5"])
    each = st.tuples(similarity, price, st.sampled_from(["USD", "EUR"]))
    drawn = draw(st.lists(each, min_size=1, max_size=8))
    names = draw(st.permutations("abcdefgh"[: len(drawn)]))
    found = [
        ShardHit(
            similarity,
            Product(
                id=name,
                title=f"Shirt {name}",
                brand="Acme",
                category=Category.T_SHIRT,
                price_minor=to_minor(hit(name, price=price).product.price, currency),
                currency=currency,
                item_url=f"https://shop.example/{name}",
                image_key=None,
            ),
        )
        for name, (similarity, price, currency) in zip(names, drawn, strict=True)
    ]
    return sorted(found, key=lambda hit: (-hit.similarity, hit.product.id))


def told(catalogue: list[ShardHit], filters: Filters) -> list[Hit]:
    """What the service says."""
    ranked = rank_hits(catalogue[: filters.k], filters.sort, filters.k, lambda *_: 0.5)
    said = [
        hit(
            each.product.id,
            round(each.similarity, 6),
            str(each.product.price_minor / 100),
            each.product.currency,
        )
        for each in ranked
    ]
    return answer(*said).hits


filters = st.builds(Filters, sort=st.sampled_from(ORDERS), k=st.integers(1, 9))


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
