"""Numbers as a shopper says them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.contract.schemas import Hit, ProductReply, Sort
from lookalike.search import ShardHit
from tests.unit.tui.answers import answer, hit, likes, product, question
from tests.unit.tui.catalogues import catalogues, told
from tui.search.filters import Filters
from tui.search.history import Search
from tui.search.likeness import amount_saved, bar, certainty, in_words, price, saving, sold_out
from tui.search.question import ProductQuestion


@pytest.mark.parametrize(
    ("match", "words"),
    [
        (0.99, "same look"),
        (0.8, "same look"),
        (0.5, "similar"),
        (0.2, "a bit alike"),
        (0, "not close"),
    ],
)
def test_a_match_in_words(match: float, words: str) -> None:
    assert in_words(match) == words


def test_a_bar_is_as_long_as_its_share_and_always_as_wide() -> None:
    assert bar(0.5, 4) == "██  "
    assert bar(1.0, 3) == "███"
    assert bar(-0.3, 3) == "   "
    assert bar(1 / 16, 2) == "▏ "
    assert {len(bar(share / 50, 7)) for share in range(-10, 60)} == {7}


@pytest.mark.parametrize("match", [0.99, 0.8, 0.7996, 0.4, 0.39999, 0.29, 0.1, 0.0999, 1.0])
def test_the_number_of_a_match_and_its_word_agree(match: float) -> None:
    percent = int(certainty(match).removesuffix("%"))
    assert in_words(percent / 100) == in_words(match)
    assert match - 0.01 < percent / 100 <= match


def about_photo(*hits: Hit, costs: str | None = None, sort: Sort = "similarity") -> Search:
    """A photo's answer with these hits; `costs` is what its look is said to."""
    reference = None if costs is None else Decimal(costs)
    return Search(question(Filters(sort=sort, reference_price=reference)), answer(*hits))


def about_product(of: ProductReply, *hits: Hit, costs: str | None = None) -> Search:
    """A product's answer with these hits; `costs` was said of a photo's look before."""
    reference = None if costs is None else Decimal(costs)
    return Search(ProductQuestion(of, Filters(reference_price=reference)), likes(of, *hits))


def test_a_hit_saves_against_the_dearest_equal_look() -> None:
    hits = [hit("a", 0.95, "30"), hit("b", 0.9, "20"), hit("c", 0.1, "90"), hit("d", 0.5, "15")]
    found = about_photo(*hits)
    saved = saving(hits[1], found)
    assert saved is not None
    assert saved[0] == Decimal(10)
    assert saved[1] == pytest.approx(1 / 3)
    assert amount_saved(hits[3], found) == "15.00 (50%)"


def test_what_is_like_a_product_saves_against_that_products_price() -> None:
    hits = [hit("a", 0.95, "90"), hit("b", 0.93, "70"), hit("c", 0.5, "40"), hit("d", 0.1, "1")]
    about = product("p", "50")
    told = [amount_saved(each, about_product(about, *hits)) for each in hits]
    assert told == ["", "", "10.00 (20%)", ""]
    alone = hit("a", 0.95, "60")
    assert amount_saved(alone, about_product(product("p", "89"), alone)) == "29.00 (33%)"
    in_won = hit("w", 0.95, "10", "KRW")
    assert amount_saved(in_won, about_product(about, in_won, hit("v", 0.95, "90", "KRW"))) == ""
    assert amount_saved(alone, about_product(product("p", "0"), alone)) == ""


def valued(hit: Hit, saving: float | None) -> Hit:
    """A hit as it comes with `sort=value`."""
    return hit.model_copy(update={"saving": saving, "value": 0.9})


def test_what_the_service_says_that_a_hit_saves_is_shown_as_it_says() -> None:
    hits = [
        valued(hit("a", 0.95, "30"), 0.4537),
        valued(hit("b", 0.95, "49"), 0.1),
        valued(hit("c", 0.95, "90"), -0.6),
        valued(hit("d", 0.9, "9", "KRW"), None),
        valued(hit("e", 0.9, "90", "KRW"), None),
        valued(hit("f", 0.1, "3"), 0.9),
    ]
    told = [amount_saved(each, about_photo(*hits)) for each in hits]
    assert told == ["45%", "10%", "", "", "", ""]
    exact = valued(hit("b", 0.95, "40"), 0.2)
    assert amount_saved(exact, about_product(product("p", "50"), exact)) == "10.00 (20%)"


def test_what_a_look_costs_is_what_hits_save_against() -> None:
    hits = [hit("a", 0.95, "30"), hit("b", 0.9, "90"), hit("c", 0.5, "80"), hit("d", 0.1, "15")]
    told = [amount_saved(each, about_photo(*hits, costs="80")) for each in hits]
    assert told == ["50.00 (62%)", "", "", ""]
    assert amount_saved(hits[0], about_product(product("p", "40"), *hits, costs="80")) == (
        "10.00 (25%)"
    )
    by_value = [valued(hit("a", 0.95, "30"), 0.625), valued(hit("b", 0.9, "30", "KRW"), None)]
    valued_most = about_photo(*by_value, costs="80", sort="value")
    assert [amount_saved(each, valued_most) for each in by_value] == ["50.00 (62%)", ""]


def test_a_look_costs_what_it_does_in_the_currency_of_the_most_similar_priced_hit() -> None:
    hits = [hit("a", 0.95, "0", "EUR"), hit("b", 0.9, "30", "KRW"), hit("c", 0.9, "30")]
    told = [amount_saved(each, about_photo(*hits, costs="40")) for each in hits]
    assert told == ["", "10 (25%)", ""]
    unpriced = about_photo(hits[0], costs="40")
    assert amount_saved(hits[0], unpriced) == ""


@given(catalogues(), st.sampled_from(["10", "15.5", "20.25", "0.001", "99"]), st.integers(1, 9))
def test_savings_against_what_a_look_costs_are_the_services_in_every_order(
    catalogue: list[ShardHit], costs: str, k: int
) -> None:
    by_value = told(catalogue, Filters(sort="value", k=9, reference_price=Decimal(costs)))
    by_service = {each.product.id: each.saving for each in by_value}
    orders: tuple[Sort, ...] = ("similarity", "price", "value")
    for sort in orders:
        filters = Filters(sort=sort, k=k, reference_price=Decimal(costs))
        found = Search(question(filters), answer(*told(catalogue, filters)))
        for each in found.answer.hits:
            saved, service = saving(each, found), by_service[each.product.id] or 0.0
            assert (saved is not None) == (service > 0)
            if saved is not None:
                assert saved[0] == Decimal(costs) - each.product.price
                assert saved[1] == pytest.approx(service, abs=1e-4)


def test_percents_of_a_saving_are_neither_none_nor_all() -> None:
    cents = [hit("a", 0.95, "60"), hit("b", 0.95, "59.99"), hit("c", 0.95, "0.06")]
    told = [amount_saved(each, about_photo(*cents)) for each in cents]
    assert told == ["", "0.01", "59.94 (99%)"]
    assert amount_saved(valued(cents[1], 0.0002), about_photo(*cents)) == ""


def test_a_product_whose_price_nobody_said_saves_nothing() -> None:
    unpriced = hit("a", 0.95, "0")
    assert saving(unpriced, about_photo(unpriced, hit("b", 0.95, "60"))) is None
    assert saving(unpriced, about_product(product("p", "60"), unpriced)) is None


def test_nothing_is_saved_where_nothing_compares() -> None:
    dearest, unlike = hit("a", 0.95, "30"), hit("c", 0.1, "9")
    other_money = hit("w", 0.9, "9000", "KRW")
    hits = [dearest, unlike, other_money]
    assert [saving(each, about_photo(*hits)) for each in hits] == [None, None, None]
    assert saving(hit("b", 0.5, "5"), about_photo(hit("b", 0.5, "5"))) is None


def test_prices_have_their_currencys_decimals() -> None:
    assert price(product("a", "1299.9")) == "1,299.90 USD"
    assert price(product("a", "12000", "KRW")) == "12,000 KRW"


def test_a_price_that_nobody_said_is_no_price() -> None:
    assert price(product("a", "0")) == "no price"


def test_only_what_is_sold_out_is_said_to_be() -> None:
    gone = product("a").model_copy(update={"attributes": {"availability": "OutOfStock"}})
    there = product("b").model_copy(update={"attributes": {"availability": "InStock"}})
    assert [sold_out(each) for each in (gone, there, product("c"))] == ["sold out", "", ""]
