"""A saved answer: what stands above its products, and what is beside each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from PIL import Image, ImageChops, ImageFont

from lookalike.contract.schemas import CategoryReply, RecommendReply
from lookalike.contract.taxonomy import Category
from tests.unit.tui.answers import answer, hit, likes, product, question, sold_out_unpriced
from tui.export.contact_sheet import contact_sheet
from tui.export.heading import heading
from tui.export.page import page
from tui.search.filters import Filters
from tui.search.history import Search
from tui.search.question import ProductQuestion
from tui.wording import speak

UNLIKE = answer(hit("a", 0.1)).model_copy(update={"verdict": "none_close"})
NOTHING = answer().model_copy(update={"verdict": "none_close"})
LIMITED = Filters(Category.HAT, Decimal("1299.90"), ("Acme", "<Bolt>"), "price")


def test_an_answer_is_headed_by_what_it_says_and_what_was_asked() -> None:
    found = Search(question(), answer(hit("a")))
    assert heading(found) == ["The same look is in the catalogue.", "look.jpg · t-shirt 90%"]
    limited = Search(question(LIMITED), UNLIKE)
    assert heading(limited) == [
        "Nothing close fits these filters; these come nearest.",
        "look.jpg · t-shirt 90%",
        "Category: hat · Up to: 1,299.90 · Brands: Acme, <Bolt> · Sort by: price",
    ]
    costs = replace(LIMITED, max_price=None, brands=(), reference_price=Decimal("1299.90"))
    assert heading(Search(question(costs), UNLIKE))[2] == (
        "Category: hat · Sort by: price · Look costs: 1,299.90"
    )
    anything = Filters(category="any", sort="value", reference_price=Decimal(40))
    alike = Search(ProductQuestion(product("p"), anything), likes(product("p")))
    assert heading(alike) == [
        "No other product is in the catalogue.",
        "More like Shirt p",
        "Category: anything · Sort by: value",
    ]


def test_a_category_is_no_surer_than_it_is() -> None:
    guess = CategoryReply(name=Category.DRESS, confidence=0.9987, alternatives=[])
    sure = answer(hit("a")).model_copy(update={"category": guess})
    assert heading(Search(question(), sure))[1] == "look.jpg · dress 99%"


def test_a_heading_is_in_the_language_spoken() -> None:
    try:
        speak("ko")
        assert heading(Search(question(replace(LIMITED, brands=())), NOTHING)) == [
            "조건에 맞는 상품이 없습니다.",
            "look.jpg · 티셔츠 90%",
            "종류: 모자 · 최고가: 1,299.90 · 정렬: 가격순",
        ]
    finally:
        speak("en")


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (UNLIKE, "Nothing close fits these filters; these come nearest."),
        (NOTHING, "No product fits these filters."),
    ],
)
def test_a_saved_page_says_that_nothing_is_close(reply: RecommendReply, said: str) -> None:
    saved = page(Search(question(LIMITED), reply), {}, {})
    assert f"<h1>{said}</h1><small>look.jpg" in saved
    assert "<small>Category: hat · Up to: 1,299.90 · Brands: Acme, &lt;Bolt&gt;" in saved


def test_a_saved_page_tells_savings_in_whole_percents() -> None:
    hits = [hit("a", 0.95, "60"), hit("b", 0.95, "59.99"), hit("c", 0.95, "0.06")]
    saved = page(Search(question(), answer(*hits)), {}, {})
    assert saved.count("<em>") == 1
    assert "<div>0.06 USD <em>−99%</em></div>" in saved
    told = page(Search(question(Filters(reference_price=Decimal(120))), answer(*hits)), {}, {})
    assert "<div>60.00 USD <em>−50%</em></div>" in told
    above = page(
        Search(ProductQuestion(product("p", "50"), Filters()), likes(product("p", "50"), *hits)),
        {},
        {},
    )
    assert above.count("<em>") == 1


def test_a_contact_sheet_has_its_heading_above_and_the_products_below() -> None:
    own = ImageFont.load_default(15)
    red = Image.new("RGB", (10, 10), "red")
    one, other = (
        contact_sheet(Search(question(LIMITED), reply), {"a": red}, [own]).picture
        for reply in (UNLIKE, answer(hit("a", 0.1)))
    )
    assert one.size == other.size == (1196, 16 + 3 * 21 + 310 + 16)
    differing = ImageChops.difference(one, other).getbbox()
    assert differing is not None
    assert differing[3] < 16 + 21  # the first line alone
    assert one.getpixel((16 + 236, 16 + 3 * 21 + 16)) == (255, 0, 0)


def test_a_saved_page_tells_what_is_sold_out_and_has_no_price() -> None:
    gone = hit("a").model_copy(update={"product": sold_out_unpriced("a")})
    found = Search(question(), answer(gone, hit("b")))
    saved = page(found, {}, {})
    assert "<div>no price · sold out</div>" in saved
    assert "<div>10.00 USD</div>" in saved
    try:
        speak("ko")
        assert "<div>가격 정보 없음 · 품절</div>" in page(found, {}, {})
    finally:
        speak("en")


def test_a_contact_sheet_tells_what_is_sold_out_and_has_no_price() -> None:
    own = ImageFont.load_default(15)
    gone = sold_out_unpriced("a")
    unpriced = gone.model_copy(update={"attributes": {}})
    sheets = [
        contact_sheet(
            Search(question(), answer(hit("a").model_copy(update={"product": each}))), {}, [own]
        ).picture
        for each in (product("a"), unpriced, gone)
    ]
    second_line = 16 + 2 * 21 + 16 + 220 + 4 + 21
    for one, other in pairwise(sheets):
        differing = ImageChops.difference(one, other).getbbox()
        assert differing is not None
        assert second_line <= differing[1] < differing[3] <= second_line + 21


def test_a_contact_sheet_of_nothing_is_its_heading() -> None:
    own = ImageFont.load_default(15)
    nothing = Search(ProductQuestion(product("p"), Filters()), likes(product("p")))
    sheet = contact_sheet(nothing, {}, [own]).picture
    assert sheet.size == (1196, 16 + 2 * 21 + 16)
    assert len(sheet.getcolors(sheet.width * sheet.height) or []) > 1  # something is written
