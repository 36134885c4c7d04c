"""Choosing a photo."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input, OptionList, Static

from tests.functional.tui.drawn_shop import PHOTO_SIZE, save_photo
from tests.functional.tui.driven import done, press, running, said, settled, text_of, type_into
from tests.functional.tui.served import Served
from tui.screens.choose import ChooseScreen
from tui.screens.look import LookScreen
from tui.search.crop_box import Box
from tui.settings import SettingsFile
from tui.widgets.path_input import PathInput
from tui.widgets.photo_tree import PhotoTree
from tui.widgets.picture_box import PictureBox


async def test_a_photo_given_at_the_start_is_there(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, _):
        assert isinstance(app.screen, LookScreen)
        assert app.session.photo is not None
        assert app.session.box == Box(0, 0, *PHOTO_SIZE)


async def test_without_one_a_path_can_be_typed(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url) as (app, pilot):
        assert isinstance(app.screen, ChooseScreen)
        await type_into(pilot, "PathInput", str(tmp_path / "no.jpg"))
        await press(pilot, "enter")
        assert said(app) == "✗ There is no file no.jpg. Check the path."
        await type_into(pilot, "PathInput", str(photo))
        await press(pilot, "enter")
        assert isinstance(app.screen, LookScreen)
        assert app.session.trouble is None


async def test_a_file_dropped_into_the_terminal_is_taken(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    other = save_photo(tmp_path, "my other look.jpg")
    async with running(tmp_path, shop.url) as (app, pilot):
        app.screen.query_one("PathInput").focus()
        await pilot.pause()
        app.post_message(events.Paste(photo.as_uri()))
        await settled(pilot)
        assert app.session.photo is not None
        assert app.session.photo.path == photo
        app.post_message(events.Paste(f"'{other}'\n"))
        await settled(pilot)
        assert app.session.photo.path == other


@pytest.mark.parametrize("field", ["#max_price", "#box-x"])
async def test_a_file_dropped_as_a_field_has_the_keys_is_taken(
    shop: Served, photo: Path, tmp_path: Path, field: str
) -> None:
    other = save_photo(tmp_path, "other.jpg")
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        typed = app.screen.query_one(field, Input)
        typed.focus()
        await pilot.pause()
        before = typed.value
        app.post_message(events.Paste(str(other)))
        await settled(pilot)
        assert app.session.photo is not None
        assert app.session.photo.path == other
        assert app.screen.query_one(field, Input).value == before


async def test_a_file_that_is_larger_than_a_photo_is_not_read(shop: Served, tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    with large.open("wb") as file:
        file.truncate(1 << 40)
    SettingsFile(tmp_path / "tui.json").change(recent=(large,))
    async with running(tmp_path, shop.url) as (app, pilot):
        app.screen.query_one("#recent").focus()
        await settled(pilot)
        assert app.screen.query_one("#preview", PictureBox).view is None
        await press(pilot, "enter")
        assert "1,099,511,627,776 bytes" in said(app)


@pytest.mark.parametrize("pasted", ["~50 EUR is too dear", "x" * 300, "file://[x"])
async def test_a_paste_that_is_no_path_is_ignored_or_text(
    shop: Served, photo: Path, tmp_path: Path, pasted: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        app.post_message(events.Paste(pasted))
        await settled(pilot)
        assert app.session.trouble is None
        await press(pilot, "ctrl+o")
        app.screen.query_one("PathInput").focus()
        await pilot.pause()
        app.post_message(events.Paste(pasted))
        await settled(pilot)
        assert app.screen.query_one(PathInput).value == pasted


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("~nobodyx/a.jpg", "✗ There is no file a.jpg. Check the path."),
        ("x" * 300, f"✗ {'x' * 300} can't be read. Check the path."),
        ("file:///a%00.jpg", "can't be read. Check the path."),
    ],
)
async def test_a_path_that_is_none_is_told(
    shop: Served, tmp_path: Path, typed: str, told: str
) -> None:
    async with running(tmp_path, shop.url) as (app, pilot):
        app.screen.query_one(PathInput).value = typed
        app.screen.query_one(PathInput).focus()
        await press(pilot, "enter")
        assert said(app).endswith(told)


async def test_files_are_seen_before_they_are_taken(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").touch()
    async with running(tmp_path, shop.url) as (app, pilot):
        await type_into(pilot, "PathInput", str(tmp_path))
        await press(pilot, "enter")
        tree = app.screen.query_one("PhotoTree")
        await done(pilot, "_load_directory")
        await pilot.pause()
        names = [str(node.label) for node in tree.root.children]  # type: ignore[attr-defined]
        assert names == ["street.jpg"]
        await press(pilot, "down")
        preview = app.screen.query_one("#preview", PictureBox)
        assert preview.view is not None
        assert preview.view.photo.width < preview.view.photo.height
        await press(pilot, "enter")
        assert app.session.photo is not None
        assert app.session.photo.path == photo


async def test_a_preview_that_comes_late_is_not_shown_beside_a_folder(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    shown, slow = tmp_path / "shown", tmp_path / "slow.jpg"
    (shown / "folder").mkdir(parents=True)
    os.mkfifo(slow)
    SettingsFile(tmp_path / "tui.json").change(recent=(photo, slow))
    async with running(tmp_path, shop.url) as (app, pilot):
        await type_into(pilot, "PathInput", str(shown))
        await press(pilot, "enter")
        await done(pilot, "_load_directory")
        app.screen.query_one("#recent").focus()
        await pilot.press("end")
        await pilot.pause()
        assert [w.is_finished for w in app.workers if w.group == "preview"] == [False]
        app.screen.query_one("PhotoTree").focus()
        await pilot.press("down")
        await pilot.pause()
        await asyncio.to_thread(lambda: slow.write_bytes(photo.read_bytes()))
        await settled(pilot)
        preview = app.screen.query_one("#preview", PictureBox)
        assert preview.view is None


async def test_photos_of_last_time_are_offered(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo):
        pass
    async with running(tmp_path, shop.url) as (app, pilot):
        recent = app.screen.query_one("#recent", OptionList)
        assert [str(option.prompt) for option in recent.options] == ["street.jpg"]
        recent.focus()
        await press(pilot, "enter")
        assert isinstance(app.screen, LookScreen)


async def test_a_working_folder_that_is_removed_ends_nothing(
    shop: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    photo = save_photo(gone)
    monkeypatch.chdir(gone)
    async with running(tmp_path, shop.url, photo=Path(photo.name)) as (app, pilot):
        await press(pilot, "tab", "enter")
        shutil.rmtree(gone)
        await press(pilot, "c", "s")
        assert f"image=@{photo}" in app.clipboard
        app.screen.query_one(Input).focus()
        await press(pilot, "enter")
        note = text_of(app.screen.query_one("#save-note", Static))
        assert note.startswith("lookalike-street.html can't be written: No such file")
        await press(pilot, "escape", "ctrl+o")
        assert isinstance(app.screen, ChooseScreen)
        assert app.session.trouble is None


async def test_without_a_working_folder_photos_are_chosen_from_the_home_folder(
    shop: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, gone = tmp_path / "home", tmp_path / "gone"
    for folder in (home, gone):
        folder.mkdir()
    save_photo(home)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(gone)
    gone.rmdir()
    async with running(tmp_path, shop.url) as (app, pilot):
        await done(pilot, "_load_directory")
        names = [str(node.label) for node in app.screen.query_one(PhotoTree).root.children]
        assert names == ["street.jpg"]
    url = "http://127.0.0.1:9"
    async with running(tmp_path, url, demo=True) as (app, pilot):
        assert isinstance(app.screen, LookScreen)


async def test_another_photo_can_be_chosen_or_not(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "ctrl+o")
        assert isinstance(app.screen, ChooseScreen)
        await press(pilot, "escape")
        assert isinstance(app.screen, LookScreen)


async def test_what_is_no_photo_is_told_in_a_line(shop: Served, tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("hello")
    async with running(tmp_path, shop.url, photo=text) as (app, pilot):
        assert said(app) == "✗ That file is no photo. Choose a JPEG, PNG, WebP, GIF or BMP."
        broken = tmp_path / "broken.jpg"
        broken.write_bytes(save_photo(tmp_path).read_bytes()[:2000])
        app.post_message(events.Paste(str(broken)))
        await settled(pilot)
        assert "broken or cut off" in said(app)
        await press(pilot, "enter", "f5", "ctrl+r")
        assert app.is_running
