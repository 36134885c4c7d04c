"""Asking, waiting, and asking otherwise."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from textual.widgets import Input, Static

from lookalike.client import HttpSearchClient
from tests.functional.tui.drawn_shop import SHIRT_BOX
from tests.functional.tui.driven import (
    arrival,
    choose,
    press,
    running,
    said,
    settled,
    shown_ids,
    text_of,
    type_into,
)
from tests.functional.tui.served import Served
from tui.app import LookalikeApp
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.search.question import Answer
from tui.widgets.ask_panel import AskPanel
from tui.widgets.verdict_bar import VerdictBar


def answer_of(app: LookalikeApp) -> Answer:
    search = app.session.history.current
    assert search is not None
    return search.answer


async def test_enter_finds_what_looks_like_the_box(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        assert isinstance(app.screen, ResultsScreen)
        verdict = text_of(app.screen.query_one(VerdictBar))
        assert verdict.startswith("t-shirt")
        assert "94%" in verdict
        assert verdict.endswith("The same look is in the catalogue.")
        assert shown_ids(app) == [hit.product.id for hit in answer_of(app).hits]
        assert len(shown_ids(app)) == 10
        assert said(app).startswith("10 products.")


async def test_the_box_typed_is_the_box_asked_about(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await type_into(pilot, "#box-height", "100")
        await press(pilot, "enter")
        search = app.session.history.current
        assert search is not None
        assert search.answer.crop.height == 100  # type: ignore[union-attr]


async def test_filters_before_the_search_are_asked_with(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab")
        await choose(pilot, "#category", "hat")
        await type_into(pilot, "#k", "3")
        await press(pilot, "enter")
        assert {hit.product.category for hit in answer_of(app).hits} == {"hat"}
        assert len(shown_ids(app)) == 3


async def test_a_changed_filter_asks_again(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        await type_into(pilot, "#max_price", "20")
        assert app.session.history.place == (1, 1)
        await press(pilot, "enter")
        assert app.session.history.place == (2, 2)
        assert (
            max(hit.product.price for hit in answer_of(app).hits if hit.product.currency == "USD")
            <= 20
        )
        await type_into(pilot, "#brands", "Acme")
        await press(pilot, "tab")
        assert {hit.product.brand for hit in answer_of(app).hits} == {"Acme"}
        await choose(pilot, "#sort", "value")
        assert all(hit.value is not None for hit in answer_of(app).hits)
        await type_into(pilot, "#max_price", "1")
        await press(pilot, "enter")
        assert answer_of(app).hits == []
        assert app.screen.query_one("#nothing").display
        verdict = text_of(app.screen.query_one(VerdictBar))
        assert verdict.endswith("No product fits these filters.")


async def test_a_wrong_filter_is_told_and_not_asked(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await type_into(pilot, "#max_price", "cheap")
        assert app.screen.query_one("#max_price").has_class("-invalid")
        await press(pilot, "enter")
        assert isinstance(app.screen, LookScreen)
        await type_into(pilot, "#k", "101")
        assert app.screen.query_one("#k").has_class("-invalid")


async def test_a_wrong_filter_stays_told_while_another_one_is_typed(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        field, note = app.screen.query_one("#max_price"), app.screen.query_one("#ask-note", Static)
        await type_into(pilot, "#max_price", "1.299")
        await press(pilot, "tab", *"Acme", "enter")
        assert text_of(note) == "an amount like 40 or 39.90 is needed"
        assert field.has_class("-invalid")
        assert isinstance(app.screen, LookScreen)
        await type_into(pilot, "#max_price", "20")
        assert text_of(note) == ""
        assert not app.screen.query(".-invalid")
        await press(pilot, "enter")
        assert isinstance(app.screen, ResultsScreen)
        filters = app.session.filters
        assert (filters.max_price, filters.brands) == (Decimal(20), ("Acme",))


async def test_a_field_that_shows_what_is_asked_for_is_never_wrong(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        app.session.filters = Filters(max_price=Decimal("1.299"))
        app.surroundings.changed.publish(app.session)
        await settled(pilot)
        assert app.screen.query_one("#max_price", Input).value == "1.299"
        await type_into(pilot, "#brands", "Acme")
        assert not app.screen.query(".-invalid")
        await press(pilot, "enter")
        assert app.session.filters == Filters(max_price=Decimal("1.299"), brands=("Acme",))
        assert isinstance(app.screen, ResultsScreen)


async def test_a_brand_with_a_comma_that_was_seen_is_one(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    brands = ("Weekday, Inc.", "Acme")
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        app.screen.query_one(AskPanel).show(app.session.filters, app.session.photo, brands)
        await type_into(pilot, "#brands", "Weekday, Inc., Acme")
        await press(pilot, "enter")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.filters.brands == brands
        await type_into(pilot, "#brands", "Acme, Weekday, Inc.")  # none of the hits is of it
        await press(pilot, "enter")
        assert app.session.filters.brands == brands[::-1]


async def test_another_order_or_fewer_need_no_photo_and_are_what_the_service_says(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        asked = shop.segmenter.calls
        await choose(pilot, "#sort", "price")
        by_price = shown_ids(app)
        await type_into(pilot, "#k", "4")
        await press(pilot, "enter")
        fewer = shown_ids(app)
        await choose(pilot, "#sort", "similarity")
        nearest = shown_ids(app)
        assert shop.segmenter.calls == asked
        filters, box, content = app.session.filters, Box(*SHIRT_BOX), app.session.photo.content  # type: ignore[union-attr]
        async with HttpSearchClient(shop.url) as client:
            for shown, wanted in (
                (by_price, replace(filters, sort="price", k=10)),
                (fewer, replace(filters, sort="price", k=4)),
                (nearest, replace(filters, sort="similarity", k=4)),
            ):
                told = await client.recommend(content, wanted.for_photo(box))
                assert shown == [hit.product.id for hit in told.hits]


async def test_escape_cancels_and_the_next_search_is_answered(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        await pilot.pause()
        assert said(app) == "● Looking …  Esc cancels."
        await pilot.press("escape")
        await settled(pilot)
        assert app.session.running is None
        assert isinstance(app.screen, LookScreen)
        held.segmenter.let_go()
        await press(pilot, "enter")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.history.place == (1, 1)


async def test_every_key_is_taken_while_a_request_hangs(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        order: list[str] = []
        await pilot.press("enter")
        await arrival(held)
        field = app.screen.query_one("#max_price", Input)
        field.focus()
        for key in "39.90":
            await pilot.press(key)
            assert app.session.running is not None
            order.append(field.value)
        assert order == ["3", "39", "39.", "39.9", "39.90"]
        app.screen.query_one("PhotoView").focus()
        await pilot.press("tab", "f1")
        assert app.session.box == Box(*SHIRT_BOX)
        assert app.session.running is not None
        await pilot.press("escape", "escape")
        await settled(pilot)
        assert app.session.running is None
