"""A search's answer in a terminal: a shop's text is text."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

from cli.answer_table import print_answer
from cli.sentences import say
from lookalike.contract.schemas import RecommendParams, RecommendReply
from lookalike.contract.taxonomy import Category
from tests.unit.tui.answers import answer, hit


def printed(title: str, item_url: str, url: str = "http://service") -> str:
    named = hit("p-1")
    shop = {"title": title, "item_url": item_url, "image_url": "/v1/images/p-1.jpg"}
    product = named.product.model_copy(update=shop)
    return told(answer(named.model_copy(update={"product": product})), RecommendParams(), url)


def told(reply: RecommendReply, params: RecommendParams, url: str = "http://service") -> str:
    out = io.StringIO()
    console = Console(file=out, width=80, force_terminal=True, color_system=None)
    print_answer(console, reply, params, url)
    return out.getvalue()


NARROW = [
    RecommendParams(categories=[Category.HAT]),
    RecommendParams(max_price=Decimal(20)),
    RecommendParams(min_price=Decimal(20)),
    RecommendParams(currency="KRW"),
    RecommendParams(brands=["Acme"]),
]


@pytest.mark.parametrize("params", NARROW)
def test_filters_are_told_as_the_reason_for_nothing(params: RecommendParams) -> None:
    nothing = answer().model_copy(update={"verdict": "none_close"})
    lines = told(nothing, params).splitlines()
    assert lines[1] == "No product fits these filters."
    assert len(lines) == 3  # no empty table
    unlike = answer(hit("a", 0.1)).model_copy(update={"verdict": "none_close"})
    assert "Nothing close fits these filters; these come nearest." in told(unlike, params)


def test_nothing_without_filters_is_the_catalogues_lack() -> None:
    nothing = answer().model_copy(update={"verdict": "none_close"})
    assert "The catalogue is empty." in told(nothing, RecommendParams(categories="any"))
    told_of_auto = told(nothing, RecommendParams())
    assert "No product of this category is in the catalogue." in told_of_auto
    unlike = answer(hit("a", 0.1)).model_copy(update={"verdict": "none_close"})
    lacking = "Nothing close is in the catalogue; these come nearest."
    assert lacking in told(unlike, RecommendParams())


def test_brackets_in_a_title_or_an_address_are_no_markup() -> None:
    shown = printed("[new] Dress [/sale]", "https://shop.example/p?size[]=M")
    assert "[new] Dress [/sale]" in shown
    assert "first hit's page:    https://shop.example/p?size[]=M" in shown


def test_what_a_terminal_would_obey_is_left_out() -> None:
    shown = printed("A\x1b[31mB\x1b]0;own\x07", "https://shop.example/p")
    assert "\x1b[31m" not in shown
    assert "\x07" not in shown


def test_a_long_address_stays_on_one_line() -> None:
    address = "https://shop.example/" + "a" * 200
    assert address in printed("Dress", address)


def test_a_sentence_is_printed_as_it_is() -> None:
    out = io.StringIO()
    say(Console(file=out, width=20), "[/old]/photo of a rather long name.jpg", "red")
    assert out.getvalue() == "[/old]/photo of a rather long name.jpg\n"


def test_a_login_of_the_service_is_not_in_a_pictures_address() -> None:
    shown = printed("Dress", "https://shop.example/p", "http://me:s3cret@service")
    assert "first hit's picture: http://service/v1/images/p-1.jpg" in shown
    assert "s3cret" not in shown


def test_an_address_with_a_slash_at_its_end_is_the_same_service() -> None:
    shown = printed("Dress", "https://shop.example/p", "http://service/")
    assert "first hit's picture: http://service/v1/images/p-1.jpg" in shown


def test_a_sentence_keeps_its_text_and_nothing_that_a_terminal_obeys() -> None:
    out = io.StringIO()
    say(Console(file=out, width=80), "a\x1b[2J  b\x9b1m\u200cc\nd\r")
    assert out.getvalue() == "a [2J  b 1m\u200cc\nd \n"
