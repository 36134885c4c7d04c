"""What people expect of any program: help, a palette, themes, their language, a small window."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Button, Input, RichLog, Static

from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.driven import notices, press, running, said, settled, text_of
from tests.functional.tui.served import Served
from tui.local_service import READY, LocalService, command_for, folder_with_config
from tui.screens.choose import ChooseScreen
from tui.screens.help import HelpScreen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.screens.start_service import StartServiceScreen
from tui.search.crop_box import Box, size_of, whole
from tui.settings import SettingsFile
from tui.widgets.photo_view import PhotoView
from tui.widgets.product_table import ProductTable
from tui.wording import speak


async def test_f1_tells_the_keys_of_where_one_is(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpScreen)
        words = "\n".join(text_of(static) for static in app.screen.query(Static))
        assert "Draw a box around the garment with the mouse" in words
        assert "Move the box by 10 px" in words
        await press(pilot, "f1")
        app.screen.query_one("#k").focus()
        await press(pilot, "f1")
        words = "\n".join(text_of(static) for static in app.screen.query(Static))
        assert "brands go between commas" in words
        await press(pilot, "escape")
        assert isinstance(app.screen, LookScreen)


async def test_the_palette_finds_commands(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "ctrl+p")
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"copy as curl")
        while not app.screen.query_one("CommandList").option_count:  # type: ignore[attr-defined]
            await pilot.pause()
        await press(pilot, "enter")
        assert notices(app) == ["Copied as curl."]


async def test_a_theme_lasts_until_the_next_start(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        assert app.theme == "lookalike-dark"
        app.theme = "lookalike-light"
        await settled(pilot)
    async with running(tmp_path, shop.url, photo=photo) as (app, _):
        assert app.theme == "lookalike-light"


async def test_korean_is_spoken_and_can_be_left(shop: Served, photo: Path, tmp_path: Path) -> None:
    try:
        async with running(tmp_path, shop.url, photo=photo, language="ko") as (app, pilot):
            assert str(app.screen.query_one("#search", Button).label) == "검색"
            await press(pilot, "tab", "enter")
            assert "같은 옷이 있습니다." in text_of(app.screen.query_one("VerdictBar", Static))
            await app.choose_language("en")
            await settled(pilot)
            assert isinstance(app.screen, LookScreen)
            assert str(app.screen.query_one("#search", Button).label) == "Search"
            assert app.session.history.place == (1, 1)
        async with running(tmp_path, shop.url, photo=photo, language=None) as (app, _):
            assert said(app) == "Draw a box around the garment, then press Enter."
    finally:
        speak("en")


@pytest.mark.parametrize("keys", ["ctrl+o", "ctrl+p"])
async def test_a_window_of_a_few_columns_ends_nothing(
    shop: Served, photo: Path, tmp_path: Path, keys: str
) -> None:
    SettingsFile(tmp_path / "tui.json").change(recent=(photo,))
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        await press(pilot, keys)
        for columns in (8, 6, 4, 1):
            await pilot.resize_terminal(columns, 24)
            await settled(pilot)
        assert app.is_running


async def test_it_can_be_resized_at_any_time(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(200, 60)) as (app, pilot):
        wide = app.screen.query_one(PhotoView).view
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        narrow = app.screen.query_one(PhotoView).view
        assert wide is not None
        assert narrow is not None
        assert narrow.rows < wide.rows
        screen = app.screen.size.region
        for shown in app.screen.query("PhotoView, #search, StatusLine, KeyBar, AskPanel Input"):
            assert screen.contains_region(shown.region)
        await press(pilot, "tab", "enter")
        await pilot.resize_terminal(200, 60)
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert app.screen.query_one("#results-side").display
        await pilot.resize_terminal(30, 8)
        await settled(pilot)
        assert app.is_running


async def test_filters_that_are_typed_in_stay_in_sight_in_a_window_made_narrow(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(120, 40)) as (app, pilot):
        await press(pilot, "tab", "enter")
        limit = app.screen.query_one("#max_price", Input)
        limit.focus()
        await press(pilot, *"40")
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert limit.has_focus
        assert app.screen.query_one("#results-side").display
        assert app.session.history.place == (1, 1)
        await press(pilot, "escape")
        assert not app.screen.query_one("#results-side").display
        await pilot.resize_terminal(120, 40)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert not app.screen.query_one("#results-side").display


async def test_the_demo_begins_with_its_first_photo(shop: Served, tmp_path: Path) -> None:
    street = tmp_path / "data" / "street"
    street.mkdir(parents=True)
    save_photo(street, "01-t-shirt.jpg")
    (street / "street.json").write_text(
        '{"photos": [{"photo": "01-t-shirt.jpg", '
        '"crop": {"x": 120, "y": 200, "width": 240, "height": 240}}]}'
    )
    async with running(tmp_path, shop.url, demo=True, data=tmp_path / "data") as (app, pilot):
        assert app.session.box == Box(120, 200, 240, 240)
        await press(pilot, "enter")
        assert isinstance(app.screen, ResultsScreen)


async def test_the_demo_offers_to_start_a_service(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    async with running(tmp_path, url, demo=True, data=tmp_path) as (app, pilot):
        assert isinstance(app.screen, StartServiceScreen)
        await press(pilot, "escape")
        assert isinstance(app.screen, LookScreen)
        await press(pilot, "ctrl+o")
        assert isinstance(app.screen, ChooseScreen)


_OFFERED = f"""
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
print("Drawing ...", flush=True)
print("{READY} 3 s: 520 products", flush=True)
signal.sigwait([signal.SIGTERM])
"""
"""A program that says what `lookalike up` says, and waits to be ended."""

OFFERED = (sys.executable, "-c", _OFFERED)


async def test_a_started_service_is_followed_and_ended() -> None:
    service = LocalService(OFFERED)
    lines = service.lines()
    assert await anext(lines) == "Drawing ..."
    assert (await anext(lines)).startswith(READY)
    await service.stop()
    await service.stop()


async def test_the_offer_shows_what_the_service_says(shop: Served, tmp_path: Path) -> None:
    service = LocalService(OFFERED)
    answers: list[bool | None] = []
    async with running(tmp_path, shop.url) as (app, pilot):
        await app.push_screen(StartServiceScreen(service, shop.url), answers.append)
        log = app.screen.query_one(RichLog)
        app.screen.query_one("#yes", Button).press()
        while not answers:
            await pilot.pause()
        assert answers == [True]
        assert log.lines
        assert isinstance(app.screen, ChooseScreen)
        await service.stop()


_SECOND_TIME = """
import pathlib, sys
started = pathlib.Path(sys.argv[1])
if not started.exists():
    started.touch()
    sys.exit("port 4222 is taken")
print(sys.argv[2], flush=True)
"""


async def test_a_service_that_does_not_start_says_why_and_is_started_again(
    shop: Served, tmp_path: Path
) -> None:
    command = (sys.executable, "-c", _SECOND_TIME, str(tmp_path / "started"), f"{READY} 3 s")
    answers: list[bool | None] = []
    async with running(tmp_path, shop.url) as (app, pilot):
        service = LocalService(command)
        await app.push_screen(StartServiceScreen(service, shop.url), answers.append)
        log, button = app.screen.query_one(RichLog), app.screen.query_one("#yes", Button)
        button.press()
        while str(button.label) != "Try again":
            await pilot.pause()
        assert [line.text.rstrip() for line in log.lines] == [
            "port 4222 is taken",
            "The service has ended.",
        ]
        button.press()
        while not answers:
            await pilot.pause()
        assert answers == [True]
        await service.stop()


_HELD_BACK = f"""
import asyncio
import os
import sys
open(sys.argv[1]).read()
print("{READY} 3 s: 520 products", flush=True)
"""


async def test_a_service_that_nobody_waited_for_is_told_of_when_it_is_ready(
    shop: Served, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    os.mkfifo(go)
    service = LocalService((sys.executable, "-c", _HELD_BACK, str(go)))
    async with running(tmp_path, shop.url) as (app, pilot):
        await app.push_screen(StartServiceScreen(service, shop.url))
        app.screen.query_one("#yes", Button).press()
        await pilot.press("escape")
        while isinstance(app.screen, StartServiceScreen):
            await pilot.pause()
        assert "The service is ready." not in notices(app)
        await asyncio.to_thread(go.write_text, "")
        while "The service is ready." not in notices(app):
            await pilot.pause()
        await service.stop()


def test_a_service_is_started_where_its_configuration_lies(tmp_path: Path) -> None:
    here, code = tmp_path / "here", tmp_path / "code"
    for folder in (here, code):
        folder.mkdir()
    assert folder_with_config(here, code) is None
    (code / "serve_config.yaml").touch()
    assert folder_with_config(here, code) == code
    (here / "serve_config.yaml").touch()
    assert folder_with_config(here, code) == here


@pytest.mark.parametrize(
    ("url", "starts"),
    [
        ("http://127.0.0.1:8123", True),
        ("http://localhost:8000", True),
        ("https://shop.example", False),
        ("http://shop.example:8000", False),
        ("http://localhost:99999", False),
        ("http://[", False),
    ],
)
def test_only_a_service_of_this_machine_is_started(url: str, starts: bool) -> None:
    command = command_for(url, Path("data"))
    assert (command is not None) is starts
    if command:
        assert command[1:3] == ["up", "--port"]


async def test_keys_do_the_same_with_the_korean_keyboard_on(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        suggested = app.session.suggestions[0]
        await press(pilot, "tab")
        assert app.session.box == suggested
        await press(pilot, "ㅁ")
        assert app.session.photo is not None
        assert app.session.box == whole(size_of(app.session.photo))
        await press(pilot, "enter", "ㅡ")
        assert app.session.history.place == (2, 2)
        await press(pilot, "ㅍ")
        assert app.screen.query_one(ProductTable).has_focus
        await press(pilot, "enter", "ㅛ", "escape")
        assert notices(app) == ["Link copied."]
        await press(pilot, "프")  # v m, as an input method puts them together
        async with asyncio.timeout(20):
            while app.session.history.place == (2, 2):
                await settled(pilot)
        assert not app.screen.query_one(ProductTable).has_focus
        assert app.session.history.place == (3, 3)
        await press(pilot, "ㄹ")
        field = app.screen.query_one("#brands", Input)
        field.focus()
        await press(pilot, *"ㄹm")
        assert field.value == "ㄹm"


async def test_a_field_takes_letters_that_are_keys_elsewhere(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "f")
        app.screen.query_one("#brands", Input).focus()
        await press(pilot, *"moves")
        assert app.screen.query_one("#brands", Input).value == "moves"
        assert isinstance(app.screen, ResultsScreen)
        await press(pilot, "escape")
        assert isinstance(app.screen, ResultsScreen)
