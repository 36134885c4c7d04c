"""The application under Textual's pilot, and how tests wait for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Select, Static
from textual.worker import WorkerError

from tests.functional.tui.served import Served
from tui.app import LookalikeApp
from tui.options import Options
from tui.pictures import canvas
from tui.widgets.card_grid import CardGrid
from tui.widgets.status_line import StatusLine

SIZE = (120, 28)
"""Wide enough for all that a wide screen shows; every row more costs time to draw."""

QUIET_ROUNDS = 4
"""Looks in a row that find nothing to wait for."""

_REQUESTS = {"photo", "suggest", "search", "pictures", "preview"}


class RecordingApp(LookalikeApp):
    """Writes down which pages would have been opened, and what was notified."""

    def __init__(self, options: Options) -> None:
        super().__init__(options, canvas("half-blocks"))
        self.opened: list[str] = []
        self.told: list[str] = []

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        self.opened.append(url)

    def notify(self, message: str, **how: Any) -> None:
        self.told.append(message)
        super().notify(message, **how)


AppPilot = Pilot[None]


@asynccontextmanager
async def running(
    folder: Path, url: str, *, size: tuple[int, int] = SIZE, **options: Any
) -> AsyncIterator[tuple[RecordingApp, AppPilot]]:
    """The application against a service, settled; its settings lie in `folder`."""
    given: dict[str, Any] = {"language": "en", "images_url": url, **options}
    app = RecordingApp(Options(url=url, settings_path=folder / "tui.json", **given))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await settled(pilot)  # a photo that has come is asked about next
        yield app, pilot


async def done(pilot: AppPilot, worker_name: str) -> None:
    """Wait for the workers of that name, if any still work."""
    await pilot.pause()
    workers = [w for w in pilot.app.workers if w.name == worker_name and not w.is_finished]
    if workers:
        await pilot.app.workers.wait_for_complete(workers)
    await settled(pilot)


async def settled(pilot: AppPilot) -> None:
    """Wait until no request is on its way and all messages are handled.

    Once is not enough: handling one posts the next, and where others take the processor a pause
    takes a process that waits for it for one that has nothing to do.
    """
    quiet = 0
    while quiet < QUIET_ROUNDS:
        await pilot.pause(0.0 if quiet else None)
        workers = [w for w in pilot.app.workers if w.group in _REQUESTS and not w.is_finished]
        if workers:
            with contextlib.suppress(WorkerError):
                await pilot.app.workers.wait_for_complete(workers)
        quiet = 0 if workers else quiet + 1


async def press(pilot: AppPilot, *keys: str) -> None:
    """Press keys, and wait for all that comes of each before the next."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def type_into(pilot: AppPilot, selector: str, text: str) -> None:
    """Replace what a field holds, key by key."""
    pilot.app.screen.query_one(selector).focus()
    await pilot.press("end", "ctrl+u", *text)
    await settled(pilot)


def said(app: LookalikeApp) -> str:
    """What the status line says."""
    return text_of(app.screen.query_one(StatusLine))


def text_of(widget: Static) -> str:
    """A text widget's text."""
    return str(widget.content)


def notices(app: RecordingApp) -> list[str]:
    """What was notified so far."""
    return app.told


async def choose(pilot: AppPilot, selector: str, value: str, *, wait: bool = True) -> None:
    pilot.app.screen.query_one(selector, Select).value = value
    await (settled(pilot) if wait else pilot.pause())


def shown_ids(app: LookalikeApp) -> list[str]:
    return [card.hit.product.id for card in app.screen.query_one(CardGrid).cards]


async def arrival(shop: Served) -> None:
    """The search has reached the stage that holds it."""
    await asyncio.to_thread(shop.segmenter.arrived.acquire)
