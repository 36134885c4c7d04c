"""What the look costs, where the shopper knows it: savings are measured from it."""

from __future__ import annotations

import json
import shlex
from decimal import Decimal
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.driven import (
    RecordingApp,
    choose,
    press,
    running,
    settled,
    text_of,
    type_into,
)
from tests.functional.tui.served import Served
from tui.messages import PhotoChosen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.history import Search
from tui.search.likeness import saving
from tui.widgets.card_grid import CardGrid


def field(app: RecordingApp) -> Input:
    return app.screen.query_one("#reference_price", Input)


def shown(app: RecordingApp) -> Search:
    """The search that is looked at."""
    search = app.session.history.current
    assert search is not None
    return search


def told_saving(app: RecordingApp, product_id: str) -> str:
    """What the card of a product says that it saves."""
    cards = app.screen.query_one(CardGrid).cards
    card = next(card for card in cards if card.hit.product.id == product_id)
    return text_of(card.query_one(".rest", Static)).splitlines()[-1]


async def test_savings_are_measured_from_it_in_every_order(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab")
        await type_into(pilot, "#reference_price", "80")
        await press(pilot, "enter")
        assert isinstance(app.screen, ResultsScreen)
        assert told_saving(app, "p-04") == "saves 60.00 (75%)"
        for place, sort in enumerate(("price", "value"), start=2):
            await choose(pilot, "#sort", sort)
            assert app.session.history.place == (place, place)
            assert told_saving(app, "p-04") == "saves 60.00 (75%)"
        by_service = [hit.saving for hit in shown(app).answer.hits]
        saved = [saving(hit, shown(app)) for hit in shown(app).answer.hits]
        assert [each and each[1] for each in saved] == pytest.approx(by_service, abs=1e-4)


async def test_it_is_asked_with_by_value_alone(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        answers = [shown(app).answer.request_id]
        for sort, costs in (("similarity", "80"), ("value", "80"), ("value", "40")):
            await choose(pilot, "#sort", sort)
            await type_into(pilot, "#reference_price", costs)
            await press(pilot, "enter")
            answers.append(shown(app).answer.request_id)
            assert shown(app).question.filters.reference_price == Decimal(costs)
            app.action_copy_request("nats")
            header = next(word for word in shlex.split(app.clipboard) if "{" in word)
            sent = json.loads(header.partition(":")[2])
            assert sent.get("reference_price") == (float(costs) if sort == "value" else None)
        assert answers[0] == answers[1]  # told without asking
        assert len(set(answers)) == 3


async def test_another_photo_has_another_price(shop: Served, photo: Path, tmp_path: Path) -> None:
    other = save_photo(tmp_path, "other.png")
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        for counts in (True, False):
            await type_into(pilot, "#reference_price", "80")
            if counts:
                app.screen.query_one("#photo").focus()
                await settled(pilot)
            assert (app.session.filters.reference_price is not None) == counts
            app.post_message(PhotoChosen(other))
            await settled(pilot)
            await settled(pilot)
            assert app.session.filters.reference_price is None
            assert field(app).value == ""


async def test_an_amount_that_is_none_is_told_and_not_asked(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        await press(pilot, "tab")
        for typed in ("0", "1.299"):
            await type_into(pilot, "#reference_price", typed)
            await press(pilot, "enter")
            assert isinstance(app.screen, LookScreen)
            assert field(app).has_class("-invalid")
            note = app.screen.query_one("#ask-note", Static)
            assert text_of(note).startswith("an amount")
            for part in (field(app), note, app.screen.query_one("#search")):
                assert app.screen.region.contains_region(part.region)


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_the_panel_fits_a_small_window(
    shop: Served, photo: Path, tmp_path: Path, language: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24), language=language) as (
        app,
        pilot,
    ):
        await press(pilot, "tab")
        for part in ("#k", "#close-up", "#search"):
            assert app.screen.region.contains_region(app.screen.query_one(part).region)
        await press(pilot, "enter", "f")
        for part in ("AskPanel", "#k"):
            assert app.screen.region.contains_region(app.screen.query_one(part).region)
