"""Text that is being typed as an answer comes, or something else is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Select

from lookalike.contract.errors import OverloadedError
from tests.functional.tui.drawn_shop import SHIRT_BOX
from tests.functional.tui.driven import (
    AppPilot,
    RecordingApp,
    arrival,
    press,
    running,
    said,
    settled,
    type_into,
)
from tests.functional.tui.served import Served
from tui.messages import Failed, Suggested
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.wording import speak


@asynccontextmanager
async def typing_brands(
    held: Served, photo: Path, tmp_path: Path, **options: Any
) -> AsyncIterator[tuple[RecordingApp, AppPilot]]:
    """The answer has come as "mo" of a brand's name was typed."""
    async with running(tmp_path, held.url, photo=photo, **options) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        app.screen.query_one("#brands").focus()
        await pilot.press(*"mo")
        held.segmenter.let_go()
        await settled(pilot)
        yield app, pilot


@asynccontextmanager
async def limiting_price(
    held: Served, photo: Path, tmp_path: Path, typed: str
) -> AsyncIterator[tuple[RecordingApp, AppPilot]]:
    """An answer is in front, and one up to the price that was typed on its way."""
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "enter")
        await arrival(held)
        held.segmenter.hold = True
        app.screen.query_one("#max_price").focus()
        await pilot.press(*typed, "enter")
        await arrival(held)
        yield app, pilot


async def fail_what_is_asked(app: RecordingApp, pilot: AppPilot) -> None:
    asked = app.session.running
    assert asked is not None
    app.post_message(Failed(asked, OverloadedError("busy")))
    await pilot.pause()


def value(app: RecordingApp, selector: str) -> str:
    return app.screen.query_one(selector, Input).value


async def test_an_answer_does_not_open_over_a_field_that_is_typed_in(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with typing_brands(held, photo, tmp_path) as (app, pilot):
        assert said(app) == "● The answer is here: Esc shows it."
        await press(pilot, *"nos")
        assert isinstance(app.screen, LookScreen)
        assert value(app, "#brands") == "monos"
        assert (app.opened, app.clipboard) == ([], "")
        app.screen.query_one("#k").focus()
        await settled(pilot)
        assert isinstance(app.screen, LookScreen)


async def test_escape_shows_the_answer_that_waits_for_a_field(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with typing_brands(held, photo, tmp_path) as (app, pilot):
        await press(pilot, "escape")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.running is None
        assert app.session.history.place == (1, 1)
        assert app.session.filters == Filters()


@pytest.mark.parametrize("elsewhere", ["#photo", "#category"])
async def test_the_answer_that_waits_for_a_field_is_shown_where_that_is_left(
    held: Served, photo: Path, tmp_path: Path, elsewhere: str
) -> None:
    async with typing_brands(held, photo, tmp_path) as (app, pilot):
        app.screen.query_one(elsewhere).focus()
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.history.place == (1, 1)


async def test_enter_in_the_field_asks_anew_in_place_of_the_answer_that_waits(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with typing_brands(held, photo, tmp_path) as (app, pilot):
        await pilot.press("backspace", "backspace", *"Acme", "enter")
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.history.place == (1, 1)
        assert app.session.filters == Filters(brands=("Acme",))


async def test_the_answer_opens_at_once_over_the_field_that_it_was_asked_from(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        app.screen.query_one("#max_price").focus()
        await pilot.press(*"40", "enter")
        await arrival(held)
        held.segmenter.let_go()
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.filters.max_price == Decimal(40)


async def test_an_open_list_keeps_its_keys_as_an_answer_comes(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        categories = app.screen.query_one("#category", Select)
        categories.focus()
        await pilot.press("enter")
        held.segmenter.let_go()
        await settled(pilot)
        await pilot.press("down")
        assert isinstance(app.screen, LookScreen)
        assert categories.expanded
        await press(pilot, "enter")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.filters == Filters()


async def test_that_an_answer_waits_is_told_in_korean(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    try:
        async with typing_brands(held, photo, tmp_path, language="ko") as (app, _):
            assert said(app) == "● 결과가 나왔습니다. Esc: 보기"
    finally:
        speak("en")


async def test_suggestions_that_come_leave_the_number_that_is_being_typed(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        assert app.session.photo is not None
        await type_into(pilot, "#box-width", "2")
        app.post_message(Suggested(app.session.photo, [Box(*SHIRT_BOX)]))
        await settled(pilot)
        await press(pilot, *"40")
        assert value(app, "#box-width") == "240"
        assert app.session.box == Box(0, 0, 240, 640)


async def test_a_search_that_fails_leaves_what_is_typed_for_the_next(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with limiting_price(held, photo, tmp_path, "40") as (app, pilot):
        await pilot.press("tab", *"ac")
        await fail_what_is_asked(app, pilot)
        assert said(app).startswith("✗")
        assert (value(app, "#max_price"), value(app, "#brands")) == ("", "ac")
        held.segmenter.hold = False
        await press(pilot, *"me", "enter")
        assert app.session.filters == Filters(brands=("acme",))
        assert app.session.history.place == (2, 2)


async def test_a_search_that_fails_takes_back_what_it_was_asked_with(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with limiting_price(held, photo, tmp_path, "40,") as (app, pilot):
        await fail_what_is_asked(app, pilot)
        assert value(app, "#max_price") == ""
        held.segmenter.hold = False
        await press(pilot, "ctrl+r")
        assert app.session.filters == Filters(max_price=Decimal(40))
        assert value(app, "#max_price") == "40"
