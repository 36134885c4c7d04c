"""Asking, waiting, and asking otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from textual.widgets import Input, Select, Static

from lookalike.client import HttpSearchClient
from lookalike.contract.errors import OverloadedError
from tests.functional.tui.drawn_shop import SHIRT_BOX, save_photo
from tests.functional.tui.driven import AppPilot, press, running, said, settled, text_of, type_into
from tests.functional.tui.served import Served, served
from tui.app import LookalikeApp
from tui.messages import Answered, Failed
from tui.screens.choose import ChooseScreen
from tui.screens.help import HelpScreen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.search.question import Answer, PhotoQuestion
from tui.widgets.ask_panel import AskPanel
from tui.widgets.card_grid import CardGrid
from tui.widgets.verdict_bar import VerdictBar


def answer_of(app: LookalikeApp) -> Answer:
    search = app.session.history.current
    assert search is not None
    return search.answer


def shown_ids(app: LookalikeApp) -> list[str]:
    return [card.hit.product.id for card in app.screen.query_one(CardGrid).cards]


async def choose(pilot: AppPilot, selector: str, value: str, *, wait: bool = True) -> None:
    pilot.app.screen.query_one(selector, Select).value = value
    await (settled(pilot) if wait else pilot.pause())


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


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Served]:
    """A service of the test's own, that lets requests wait for ever."""
    with served(tmp_path / "held") as shop:
        shop.segmenter.hold = True
        yield shop


async def arrival(shop: Served) -> None:
    """The search has reached the stage that holds it."""
    await asyncio.to_thread(shop.segmenter.arrived.acquire)


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


async def test_an_answer_waits_while_a_photo_is_chosen_and_is_there_on_the_way_back(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        await pilot.press("ctrl+o")
        app.screen.query_one("PathInput").focus()
        await pilot.press(*"/pho")
        held.segmenter.let_go()
        await settled(pilot)
        await pilot.press(*"tos")
        assert isinstance(app.screen, ChooseScreen)
        assert app.screen.query_one("PathInput", Input).value == "/photos"
        assert app.opened == []
        await press(pilot, "escape")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.running is None
        assert app.session.history.place == (1, 1)
        assert len(app.screen_stack) == 3


async def test_an_answer_that_waits_is_dropped_where_another_photo_is_taken(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    other = save_photo(tmp_path, "other.jpg")
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        await pilot.press("ctrl+o")
        held.segmenter.let_go()
        await settled(pilot)
        await type_into(pilot, "PathInput", str(other))
        await press(pilot, "enter")
        assert isinstance(app.screen, LookScreen)
        assert app.session.photo is not None
        assert app.session.photo.path == other
        assert app.session.running is None
        assert app.session.history.current is None


async def test_help_stays_while_an_answer_comes_and_closes_into_it(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        await pilot.press("f1")
        held.segmenter.let_go()
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)
        await press(pilot, "f1")
        assert isinstance(app.screen, ResultsScreen)
        assert not any(isinstance(screen, HelpScreen) for screen in app.screen_stack)


async def test_an_answer_that_waits_is_not_lost_to_one_that_nobody_waits_for(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "enter", "escape")
        await arrival(held)
        search = app.session.history.current
        assert search is not None
        held.segmenter.hold = True
        await pilot.press("tab", "enter")
        await arrival(held)
        await pilot.press("f1")
        held.segmenter.let_go()
        await settled(pilot)
        app.post_message(Answered(search.question, search.answer))
        await press(pilot, "f1")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.running is None
        assert app.session.history.place == (2, 2)


async def test_an_answer_that_is_known_ends_what_is_still_asked(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "enter")
        await arrival(held)
        held.segmenter.hold = True
        await choose(pilot, "#category", "hat", wait=False)
        await arrival(held)
        (asking,) = (w for w in app.workers if w.group == "search" and not w.is_finished)
        panel = app.screen.query_one(AskPanel)
        panel.post_message(AskPanel.FiltersWanted(Filters(sort="price")))
        await settled(pilot)
        assert asking.is_cancelled
        assert app.session.filters == Filters(sort="price")
        assert app.session.history.place == (2, 2)


async def test_results_show_the_box_and_filters_that_were_asked_with(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("tab", "enter")
        await arrival(held)
        await pilot.press("shift+right", "shift+down")
        await choose(pilot, "#category", "hat", wait=False)
        app.screen.query_one("#max_price").focus()
        await pilot.press(*"12", "tab")
        assert app.session.filters != Filters()
        assert app.session.box != Box(*SHIRT_BOX)
        held.segmenter.let_go()
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert app.screen.query_one("#max_price", Input).value == ""
        assert app.screen.query_one("#category", Select).value == "auto"
        await choose(pilot, "#sort", "value")
        search = app.session.history.current
        assert search is not None
        assert isinstance(search.question, PhotoQuestion)
        assert (search.question.box, search.question.filters) == (
            Box(*SHIRT_BOX),
            Filters(sort="value"),
        )


async def test_a_cancelled_change_of_filters_leaves_those_of_the_answer_that_is_shown(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        await arrival(held)
        held.segmenter.hold = True
        shown = shown_ids(app)
        await choose(pilot, "#category", "hat", wait=False)
        await arrival(held)
        await pilot.press("left_square_bracket")  # there is nothing to go back to
        assert app.session.running is not None
        await press(pilot, "escape")
        assert app.session.running is None
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.filters == Filters()
        assert app.screen.query_one("#category", Select).value == "auto"
        assert shown_ids(app) == shown


async def test_a_failed_change_of_filters_leaves_those_of_the_answer_that_is_shown(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        await arrival(held)
        held.segmenter.hold = True
        await choose(pilot, "#category", "hat", wait=False)
        await arrival(held)
        asked = app.session.running
        assert asked is not None
        app.post_message(Failed(asked, OverloadedError("busy")))
        await pilot.pause()
        assert said(app).endswith("Ctrl+R tries again.")
        assert app.session.filters == Filters()
        assert app.screen.query_one("#category", Select).value == "auto"
        held.segmenter.hold = False
        await press(pilot, "ctrl+r")
        assert app.session.history.place == (2, 2)
        assert app.session.question() == asked
        assert app.screen.query_one("#category", Select).value == "hat"


async def test_a_cancelled_search_leaves_the_box_that_was_drawn(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "enter", "escape")
        await arrival(held)
        held.segmenter.hold = True
        await pilot.press("tab", "enter")
        await arrival(held)
        await press(pilot, "escape")
        assert isinstance(app.screen, LookScreen)
        assert app.session.box == Box(*SHIRT_BOX)
