"""Numbers as a shopper says them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.unit.tui.answers import hit, product
from tui.search.likeness import amount_saved, bar, in_words, price, saving


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


def test_a_hit_saves_against_the_dearest_equal_look() -> None:
    hits = [hit("a", 0.95, "30"), hit("b", 0.9, "20"), hit("c", 0.1, "90"), hit("d", 0.5, "15")]
    saved = saving(hits[1], hits)
    assert saved is not None
    assert saved[0] == Decimal(10)
    assert saved[1] == pytest.approx(1 / 3)
    assert amount_saved(hits[3], hits) == "15.00 (50%)"


def test_nothing_is_saved_where_nothing_compares() -> None:
    dearest, unlike = hit("a", 0.95, "30"), hit("c", 0.1, "9")
    other_money = hit("w", 0.9, "9000", "KRW")
    hits = [dearest, unlike, other_money]
    assert [saving(each, hits) for each in hits] == [None, None, None]
    assert saving(hit("b", 0.5, "5"), [hit("b", 0.5, "5")]) is None


def test_prices_have_their_currencys_decimals() -> None:
    assert price(product("a", "1299.9")) == "1,299.90 USD"
    assert price(product("a", "12000", "KRW")) == "12,000 KRW"
