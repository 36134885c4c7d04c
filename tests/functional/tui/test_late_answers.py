"""Answers that come, or fail to, while a shopper is at something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input, Select

from lookalike.contract.errors import OverloadedError
from lookalike.contract.taxonomy import Category
from tests.functional.tui.drawn_shop import SHIRT_BOX, save_photo
from tests.functional.tui.driven import (
    AppPilot,
    RecordingApp,
    arrival,
    choose,
    press,
    running,
    said,
    settled,
    shown_ids,
    type_into,
)
from tests.functional.tui.served import Served
from tui.messages import Answered, Failed
from tui.screens.choose import ChooseScreen
from tui.screens.help import HelpScreen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.search.question import PhotoQuestion
from tui.widgets.ask_panel import AskPanel
from tui.widgets.product_card import ProductCard


@asynccontextmanager
async def changing_category(
    held: Served, photo: Path, tmp_path: Path
) -> AsyncIterator[tuple[RecordingApp, AppPilot]]:
    """The answer for the suggested box is in front, and one for hats alone on its way."""
    held.segmenter.hold = False
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        await arrival(held)
        held.segmenter.hold = True
        await choose(pilot, "#category", "hat", wait=False)
        await arrival(held)
        yield app, pilot


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


async def test_enter_held_down_asks_once(held: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        (asking,) = (w for w in app.workers if w.group == "search" and not w.is_finished)
        await pilot.press("enter", "f5", "ctrl+r")
        assert not asking.is_cancelled
        held.segmenter.let_go()
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.history.place == (1, 1)
        assert not held.segmenter.arrived.acquire(blocking=False)


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
        app.screen.query_one("#photo").focus()
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
    async with changing_category(held, photo, tmp_path) as (app, pilot):
        shown = shown_ids(app)
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
    async with changing_category(held, photo, tmp_path) as (app, pilot):
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


async def test_after_a_failure_the_box_and_filters_beside_the_photo_are_asked_about(
    held: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        asked = app.session.running
        assert asked is not None
        await pilot.press("tab")
        await choose(pilot, "#category", "hat", wait=False)
        app.post_message(Failed(asked, OverloadedError("busy")))
        await pilot.pause()
        assert said(app).endswith("Ctrl+R tries again.")
        held.segmenter.hold = False
        await press(pilot, "ctrl+r")
        question = app.session.question()
        assert isinstance(question, PhotoQuestion)
        assert question.box == Box(*SHIRT_BOX)
        assert question.filters == Filters(category=Category.HAT)
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


@pytest.mark.parametrize("steps", [0, 8])
@pytest.mark.parametrize("ending", ["quit", "closed", "back"])
async def test_the_end_may_come_while_an_answer_is_being_shown(
    held: Served, photo: Path, tmp_path: Path, ending: str, steps: int
) -> None:
    async with running(tmp_path, held.url, photo=photo) as (app, pilot):
        await pilot.press("enter")
        await arrival(held)
        held.segmenter.let_go()
        while not app.screen.query(ProductCard):  # noqa: ASYNC110 - to the very step
            await asyncio.sleep(0)
        for _ in range(steps):
            await asyncio.sleep(0)
        if ending == "quit":
            app.exit()
        elif ending == "back":
            await app.screen.dismiss()
            assert isinstance(app.screen, LookScreen)
    # where a handler failed, leaving the application raises what it raised
