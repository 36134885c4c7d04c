"""What stands in the fields is what is asked with; where it can't be read, nothing is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.functional.tui.driven import (
    AppPilot,
    RecordingApp,
    choose,
    press,
    running,
    settled,
    type_into,
)
from tests.functional.tui.served import Served
from tui.messages import PhotoChosen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.crop_box import Box
from tui.search.filters import Filters
from tui.search.question import PhotoQuestion
from tui.widgets.product_card import ProductCard

UNDECIDED = "1.299"
"""A thousand and some in one country, one and some thousandths in another."""


async def click(pilot: AppPilot, selector: str) -> None:
    assert await pilot.click(selector)
    await settled(pilot)


def limit(app: RecordingApp) -> Input:
    return app.screen.query_one("#max_price", Input)


async def test_from_the_photo_nothing_is_searched_without_a_limit_that_can_not_be_read(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await type_into(pilot, "#max_price", UNDECIDED)
        for key in ("enter", "f5", "ctrl+r"):
            app.screen.query_one("#photo").focus()
            await press(pilot, key)
            assert isinstance(app.screen, LookScreen)
            assert app.session.history.current is None
            assert limit(app).has_focus
            assert limit(app).value == UNDECIDED


@pytest.mark.parametrize("size", [(120, 28), (80, 24)], ids=["wide", "narrow"])
async def test_over_an_answer_nothing_is_searched_without_a_limit_that_can_not_be_read(
    shop: Served, photo: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=size) as (app, pilot):
        await press(pilot, "tab", "enter", "f")
        await type_into(pilot, "#max_price", UNDECIDED)
        await choose(pilot, "#sort", "value")
        assert limit(app).has_focus
        for key in ("m", "f5", "ctrl+r"):
            await press(pilot, "escape")
            assert app.screen.query(ProductCard).first().has_focus
            await press(pilot, key)
            assert app.session.history.place == (1, 1)
            assert limit(app).has_focus
            assert app.screen.query_one("#results-side").display
            assert limit(app).value == UNDECIDED
        await type_into(pilot, "#max_price", "20")
        await press(pilot, "enter")
        assert app.session.filters == Filters(max_price=Decimal(20), sort="value")
        assert app.session.history.place == (2, 2)


@pytest.mark.parametrize("key", ["f5", "ctrl+r"])
async def test_a_limit_that_is_typed_counts_for_keys_that_search(
    shop: Served, photo: Path, tmp_path: Path, key: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        for place, typed in ((1, "12"), (2, "20")):
            await type_into(pilot, "#max_price", typed)
            await press(pilot, key)
            assert isinstance(app.screen, ResultsScreen)
            assert app.session.history.place == (place, place)
            assert app.session.filters.max_price == Decimal(typed)
            assert limit(app).value == typed


async def test_a_limit_that_is_typed_counts_for_the_mouse(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await type_into(pilot, "#max_price", "12")
        await click(pilot, "#search")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.filters.max_price == Decimal(12)


async def test_a_box_that_can_not_be_is_not_searched_with_in_part(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await type_into(pilot, "#box-width", "900")
        await click(pilot, "#search")
        width = app.screen.query_one("#box-width", Input)
        assert isinstance(app.screen, LookScreen)
        assert app.session.history.current is None
        assert width.has_focus
        assert width.value == "900"
        await type_into(pilot, "#box-width", "300")
        await click(pilot, "#search")
        search = app.session.history.current
        assert search is not None
        assert isinstance(search.question, PhotoQuestion)
        assert search.question.box == Box(0, 0, 300, 640)


async def test_a_box_that_is_drawn_or_another_photo_counts_in_place_of_what_is_typed(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        width = app.screen.query_one("#box-width", Input)
        await type_into(pilot, "#box-width", "2")
        app.screen.query_one("#photo").focus()
        await press(pilot, "a")
        assert (width.value, app.session.box) == ("480", Box(0, 0, 480, 640))
        await type_into(pilot, "#box-width", "2")
        app.post_message(PhotoChosen(photo))
        await settled(pilot)
        await settled(pilot)
        assert width.value == "480"
        assert not app.screen.query(".-invalid")
