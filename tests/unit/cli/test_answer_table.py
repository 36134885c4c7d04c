"""A search's answer in a terminal: a shop's text is text."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from rich.console import Console

from cli.answer_table import print_answer
from cli.sentences import say
from lookalike.contract.schemas import (
    CategoryGuess,
    CategoryReply,
    Hit,
    RecommendParams,
    RecommendReply,
    UsedCrop,
)
from lookalike.contract.taxonomy import Category
from tests.unit.tui.answers import answer, hit


def printed(title: str, item_url: str, url: str = "http://service") -> str:
    named = hit("p-1")
    shop = {"title": title, "item_url": item_url, "image_url": "/v1/images/p-1.jpg"}
    product = named.product.model_copy(update=shop)
    return told(answer(named.model_copy(update={"product": product})), RecommendParams(), url)


def told(
    reply: RecommendReply,
    params: RecommendParams | None = None,
    url: str = "http://service",
    width: int = 80,
) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    print_answer(console, reply, params or RecommendParams(), url)
    return out.getvalue()


def listed(product_id: str, title: str = "Dress", **of_hit: object) -> Hit:
    """A hit of a title, at a price of four digits before the point."""
    asked = hit("p-1", 0.976, "1299.99")
    product = asked.product.model_copy(update={"id": product_id, "title": title})
    return asked.model_copy(update={"product": product, **of_hit})


def id_printed(printed: str, product_id: str) -> bool:
    """Whether a product's id is there, be it on several lines of its column."""
    headings, _, rows = printed[printed.index("#") :].partition("\n")
    column = headings.index("product")
    return product_id in "".join(line[column:].split(" ")[0] for line in rows.splitlines())


@pytest.mark.parametrize(
    ("confidences", "line"),
    [
        ([0.9987, 0.0096, 0.0001], "dress 99%\n"),
        ([0.9764, 0.0199, 0.0036], "dress 97% (then hat 1%)\n"),
        ([0.7996, 0.1, 0.01], "dress 79% (then hat 10%, polo 1%)\n"),
    ],
)
def test_a_category_is_no_surer_than_it_is(confidences: list[float], line: str) -> None:
    named = (Category.DRESS, Category.HAT, Category.POLO)
    guesses = zip(named, confidences, strict=True)
    likeliest, *others = (CategoryGuess(name=name, confidence=part) for name, part in guesses)
    category = CategoryReply(**likeliest.model_dump(), alternatives=others)
    said = told(answer(hit("a")).model_copy(update={"category": category}))
    assert said.startswith(line)


def test_a_box_that_was_cut_to_the_photo_is_told_before_the_hits() -> None:
    reply = answer(hit("a"))
    assert "box" not in told(reply)
    crop = UsedCrop(x=100, y=150, width=20, height=10, clipped=True)
    lines = told(reply.model_copy(update={"crop": crop})).splitlines()
    assert lines[2] == "The box reached beyond the photo: 100,150,20,10 was searched."
    assert lines[3].startswith("#")


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


@pytest.mark.parametrize("width", [20, 60, 80, 200])
@pytest.mark.parametrize(
    "product_id", ["p" * 76, "상" * 60, "p-1"], ids=["long", "of wide letters", "short"]
)
def test_long_ids_titles_and_brands_leave_the_numbers_whole(width: int, product_id: str) -> None:
    first = listed(product_id, "Weekend Printed Mini Skater Dress " * 3, saving=0.45, value=1.0)
    printed = told(answer(first, hit("p-2", 0.5, "999999999999.99", "KWD")), width=width)
    for whole in ("0.976", "97%", "1,299.99 USD", "+45%", "999,999,999,999.990 KWD"):
        assert whole in printed
    assert "…" not in printed
    assert id_printed(printed, product_id)


def test_an_id_that_fits_stays_on_one_line() -> None:
    title = "Weekend Printed Mini Skater Dress in Charcoal"
    printed = told(answer(listed("demo-dress-0007", title, saving=0.45, value=1.0)))
    assert "demo-dress-0007" in printed
    assert max(map(len, printed.splitlines()[2:6])) <= 80


def test_percents_say_no_more_than_is_so() -> None:
    savings = {
        0.0004: "0%",
        -0.0004: "0%",
        0.997: "+99%",
        -0.997: "-99%",
        1.0: "+100%",
        -1: "-100%",
    }
    for saving, shown in savings.items():
        printed = told(answer(listed("p-1", saving=saving, value=1.0, match=0.7996)))
        row = printed.splitlines()[3].split()
        assert row[2:6] == ["79%", "1,299.99", "USD", shown]


@pytest.mark.parametrize(("availability", "marked"), [("OutOfStock", True), ("InStock", False)])
def test_a_product_that_is_sold_out_is_marked(availability: str, marked: bool) -> None:
    named = listed("p-1", "Weekend dress")
    attributes = {"attributes": {"availability": availability}}
    sold = named.model_copy(update={"product": named.product.model_copy(update=attributes)})
    assert ("Weekend dress (sold out)" in told(answer(sold))) == marked


def test_a_price_that_nobody_said_is_not_shown_as_a_gift() -> None:
    printed = told(answer(hit("p-1", 0.9, "0"), hit("p-2", 0.8, "0.01")))
    assert "no price" in printed
    assert "0.00 USD" not in printed
    assert "0.01 USD" in printed


def test_a_product_without_a_page_has_no_line_for_one() -> None:
    assert "page:" not in printed("Dress", "")
