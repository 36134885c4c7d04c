"""Every screen as a picture, small and large, dark and light; the README shows them.

After a change that is meant, run this file with UPDATE_PICTURES=1 in the environment, and look at
docs/tui.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.driven import AppPilot, done, press, running, settled
from tests.functional.tui.served import Served
from tests.functional.tui.svg import compact
from tui.local_service import LocalService
from tui.screens.start_service import StartServiceScreen

PICTURES = Path(__file__).parents[3] / "docs" / "tui"
UPDATING = bool(os.environ.get("UPDATE_PICTURES"))
NOWHERE = "http://127.0.0.1:9"
ROUNDS = 40
"""How often a picture may be looked at until it is the one: a pause ends too soon where others
take the processor, as an idle process is taken for one that has nothing to do."""


class Looks:
    """Compares what is on the screen with the pictures of one size and theme."""

    def __init__(self, size: tuple[int, int], theme: str, folder: Path) -> None:
        self._suffix = f"{size[0]}x{size[1]}-{theme}.svg"
        self._folder = folder
        self.differing: list[Path] = []

    async def compare(self, pilot: AppPilot, screen: str) -> None:
        """Note the picture where the screen looks otherwise, or take it as it is now."""
        for field in pilot.app.screen.query(Input):
            field.cursor_blink = False
        name = f"{screen}-{self._suffix}"
        wanted = None if UPDATING else (PICTURES / name).read_text(encoding="utf-8")
        before, drawn = "", await self._drawn(pilot)
        for _ in range(ROUNDS):
            if drawn == (before if UPDATING else wanted):
                break
            before, drawn = drawn, await self._drawn(pilot)
        if UPDATING:
            (PICTURES / name).write_text(drawn, encoding="utf-8")
        elif drawn != wanted:
            now = self._folder / name
            now.write_text(drawn, encoding="utf-8")
            self.differing.append(now)

    async def _drawn(self, pilot: AppPilot) -> str:
        await settled(pilot)
        return compact(pilot.app.export_screenshot(title="lookalike"))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_every_screen_looks_as_it_did(
    shop: Served, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    photo = save_photo(photos, "street.png")
    looks = Looks(size, theme, tmp_path)
    async with running(tmp_path, shop.url, photo=photo, size=size) as (app, pilot):
        app.theme = f"lookalike-{theme}"
        await press(pilot, "tab")
        await looks.compare(pilot, "look")
        await press(pilot, "f1")
        await looks.compare(pilot, "help")
        await press(pilot, "escape", "enter")
        await looks.compare(pilot, "results")
        await press(pilot, "plus", "down", "right", "enter")
        await looks.compare(pilot, "details")
        await press(pilot, "escape", "v")
        await looks.compare(pilot, "table")
        await press(pilot, "f")
        await looks.compare(pilot, "filters")
        await press(pilot, "escape", "s")
        await looks.compare(pilot, "save")
        await press(pilot, "escape", "escape", "ctrl+o")
        await done(pilot, "_load_directory")
        await press(pilot, "down")
        await looks.compare(pilot, "choose")
    async with running(tmp_path, NOWHERE, photo=photo, size=size) as (app, pilot):
        await press(pilot, "enter")
        await looks.compare(pilot, "down")
        await app.push_screen(StartServiceScreen(LocalService([]), NOWHERE))
        await looks.compare(pilot, "start")
    assert looks.differing == []
