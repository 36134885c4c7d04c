"""Windows that end by themselves, or are told something as they end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

from PIL import Image
from textual.widgets import Button

from tests.functional.tui.driven import notices, press, running, settled
from tests.functional.tui.served import Served
from tests.functional.tui.slow_pictures import slow_pictures
from tests.unit.tui.answers import hit
from tui.local_service import READY, LocalService
from tui.screens.choose import ChooseScreen
from tui.screens.details import DetailsScreen
from tui.screens.help import HelpScreen
from tui.screens.results import ResultsScreen
from tui.screens.save import SaveScreen
from tui.screens.start_service import StartServiceScreen
from tui.thumbnails import Thumbnails

_STEPS_OF_A_CLOSE = 24
"""Turns of the event loop; a window's parts are gone after some 11 of them, itself after 19."""


class SaidByHand(LocalService):
    """A service that says what the test has it say, and ends."""

    def __init__(self) -> None:
        super().__init__(())
        self.lines_to_come: asyncio.Queue[str] = asyncio.Queue()

    async def lines(self) -> AsyncIterator[str]:
        while line := await self.lines_to_come.get():
            yield line


class Chatty(LocalService):
    """A service that says something at every turn of the event loop."""

    def __init__(self) -> None:
        super().__init__(())
        self.chatting = True

    async def lines(self) -> AsyncIterator[str]:
        while self.chatting:
            yield "Drawing ..."
            await asyncio.sleep(0)


class OnePicture(Thumbnails):
    """A picture that comes when the test says so."""

    def __init__(self) -> None:
        self.arrival: asyncio.Future[Image.Image] = asyncio.Future()

    async def fetch(self, image_url: str | None) -> Image.Image | None:
        return await asyncio.shield(self.arrival)


async def test_a_service_gets_ready_behind_the_help(shop: Served, tmp_path: Path) -> None:
    service, answers = SaidByHand(), list[bool | None]()
    async with running(tmp_path, shop.url) as (app, pilot):
        await app.push_screen(StartServiceScreen(service, shop.url), answers.append)
        app.screen.query_one("#yes", Button).press()
        await press(pilot, "f1")
        service.lines_to_come.put_nowait(f"{READY} 3 s: 520 products")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert answers == []
        await press(pilot, "f1")
        assert isinstance(app.screen, ChooseScreen)
        assert answers == [True]
        service.lines_to_come.put_nowait("")


async def test_a_service_gets_ready_behind_the_help_and_ends_there(
    shop: Served, tmp_path: Path
) -> None:
    service, answers = SaidByHand(), list[bool | None]()
    async with running(tmp_path, shop.url) as (app, pilot):
        window = StartServiceScreen(service, shop.url)
        await app.push_screen(window, answers.append)
        window.query_one("#yes", Button).press()
        await press(pilot, "f1")
        service.lines_to_come.put_nowait(f"{READY} 3 s: 520 products")
        service.lines_to_come.put_nowait("")
        await app.workers.wait_for_complete([w for w in app.workers if w.group == "service"])
        await press(pilot, "f1")
        assert app.screen is window
        assert answers == []
        assert str(window.query_one("#yes", Button).label) == "Try again"


async def test_a_service_gets_ready_as_its_window_is_closed(shop: Served, tmp_path: Path) -> None:
    service, answers = SaidByHand(), list[bool | None]()
    async with running(tmp_path, shop.url) as (app, pilot):
        await app.push_screen(StartServiceScreen(service, shop.url), answers.append)
        app.screen.query_one("#yes", Button).press()
        await pilot.pause()
        app.screen.dismiss(False)
        service.lines_to_come.put_nowait(f"{READY} 3 s: 520 products")
        while "The service is ready." not in notices(app):
            await pilot.pause()
        assert isinstance(app.screen, ChooseScreen)
        assert answers == [False]
        service.lines_to_come.put_nowait("")


async def test_a_service_says_something_at_every_step_of_its_windows_end(
    shop: Served, tmp_path: Path
) -> None:
    service = Chatty()
    async with running(tmp_path, shop.url) as (app, pilot):
        await app.push_screen(StartServiceScreen(service, shop.url))
        app.screen.query_one("#yes", Button).press()
        await pilot.pause()
        await app.screen.dismiss()
        service.chatting = False
        await pilot.pause()
        assert isinstance(app.screen, ChooseScreen)


async def test_a_picture_comes_at_any_step_of_its_windows_end(shop: Served, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url) as (app, pilot):
        for steps in range(_STEPS_OF_A_CLOSE):
            pictures = OnePicture()
            given = dataclasses.replace(app.surroundings, thumbnails=pictures)
            await app.push_screen(DetailsScreen(given, hit("p-1", 0.9)))
            await pilot.pause()
            closed = asyncio.ensure_future(app.screen.dismiss())
            for _ in range(steps):
                await asyncio.sleep(0)
            pictures.arrival.set_result(Image.new("RGB", (8, 8)))
            await closed
        assert isinstance(app.screen, ChooseScreen)


async def test_an_answer_is_saved_behind_the_help(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    with slow_pictures(shop.url, "0" * 63) as slow:
        async with running(tmp_path, shop.url, photo=photo, images_url=slow.url) as (app, pilot):
            await pilot.press("tab", "enter")
            await asyncio.to_thread(slow.asked.wait)
            await pilot.press("s")
            saving = app.screen
            assert isinstance(saving, SaveScreen)
            saved = tmp_path / "saved.html"
            saving.query_one("#save-path").focus()
            await pilot.press("end", "ctrl+u", *str(saved), "enter", "f1")
            slow.go.set()
            await settled(pilot)
            await app.workers.wait_for_complete([w for w in app.workers if w.node is saving])
            await pilot.pause()
            assert saved.exists()
            assert isinstance(app.screen, HelpScreen)
            await press(pilot, "f1")
            assert isinstance(app.screen, ResultsScreen)
