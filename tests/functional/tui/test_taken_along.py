"""What is taken along from an answer: the request, copied, and the products, saved."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import Input, OptionList, Static

from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.driven import (
    AppPilot,
    done,
    notices,
    press,
    running,
    said,
    settled,
    text_of,
    type_into,
)
from tests.functional.tui.served import Served
from tui.screens.results import ResultsScreen
from tui.widgets.product_card import ProductCard
from tui.widgets.title_bar import TitleBar


async def save_as(pilot: AppPilot, path: Path) -> None:
    field = pilot.app.screen.query_one(Input)
    field.value = str(path)
    field.focus()
    await pilot.press("enter")
    await done(pilot, "_write")


async def run_by_shell(command: str) -> list[str]:
    """Which products a copied command is answered with."""
    shell = await asyncio.create_subprocess_shell(command, stdout=PIPE, stderr=PIPE)
    reply, _ = await shell.communicate()
    return [hit["product"]["id"] for hit in json.loads(reply)["hits"]]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_request_copied_as_curl_asks_the_same(shop: Served, tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s; a, "photo"'
    folder.mkdir()
    async with running(tmp_path, shop.url, photo=save_photo(folder)) as (app, pilot):
        await press(pilot, "tab", "enter")
        await type_into(pilot, "#brands", "Acme, semi;type=colon 'n' $HOME")
        await press(pilot, "enter")
        app.screen.query(ProductCard).first().focus()
        await press(pilot, "c")
        search = app.session.history.current
        assert search is not None
        assert len(search.question.filters.brands) == 2
        shown = [hit.product.id for hit in search.answer.hits]
        assert await run_by_shell(app.clipboard) == shown != []
        await press(pilot, "m", "c")
        now = app.session.history.current
        assert now is not None
        similar = [hit.product.id for hit in now.answer.hits]
        assert await run_by_shell(app.clipboard) == similar != []


async def test_the_request_copied_for_nats_carries_photo_and_parameters(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    secret = "nats://user:secret@127.0.0.1:4222"
    async with running(tmp_path, shop.url, photo=photo, nats_url=secret) as (app, pilot):
        await press(pilot, "tab", "enter", "n")
        words = shlex.split(app.clipboard)
        assert words[:4] == ["nats", "--server", "nats://127.0.0.1:4222", "req"]
        assert words[-2:] == ["<", str(photo)]
        params = json.loads(words[words.index("--header") + 1].partition(":")[2])
        assert params["crop"]["width"] == 240
        await press(pilot, "m", "n")
        assert json.loads(shlex.split(app.clipboard)[-1])["id"] == "p-04"


async def test_a_photo_whose_name_is_not_utf8_is_searched_with_and_not_copied(
    shop: Served, tmp_path: Path
) -> None:
    named = save_photo(tmp_path, os.fsdecode("원피스.jpg".encode("cp949")))
    told = "This photo's name is not UTF-8: rename it to copy the search."
    async with running(tmp_path, shop.url, photo=named) as (app, pilot):
        await press(pilot, "tab", "enter", "c", "n")
        assert notices(app) == [told, told]
        assert app.clipboard == ""
        await press(pilot, "m", "c")
        assert notices(app)[2:] == ["Copied as curl."]
        assert app.clipboard.startswith("curl ")
        app.copy_to_clipboard(f"Saved: {named.name}")  # what was marked with the mouse
        assert app.clipboard.startswith("Saved: ??")
    async with running(tmp_path, shop.url) as (app, pilot):
        app.screen.query_one("#recent").focus()
        await press(pilot, "enter")
        assert app.session.photo is not None
        assert app.session.photo.path == named


@pytest.mark.parametrize("form", ["html", "json", "png"])
async def test_the_result_is_saved(shop: Served, photo: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"saved.{form}"
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "plus", "s")
        await press(pilot, *["down"] * ["html", "json", "png"].index(form))
        proposed = app.screen.query_one(Input)
        assert proposed.value == f"lookalike-street.{form}"
        proposed.value = str(path)
        proposed.focus()
        await pilot.press("enter")
        await done(pilot, "_write")
        await settled(pilot)
        assert isinstance(app.screen, ResultsScreen)
        assert notices(app) == [f"Saved: {path}"]
        search = app.session.history.current
        assert search is not None
        pictured = [hit for hit in search.answer.hits if hit.product.image_url is not None]
    if form == "json":
        assert len(json.loads(path.read_text())["hits"]) == 10
    elif form == "html":
        page = path.read_text()
        assert page.count("<li ") == 10
        assert "<h1>The same look is in the catalogue.</h1><small>street.jpg · t-shirt " in page
        assert 0 < len(pictured) < 10
        assert page.count("data:image/jpeg;base64,") == len(pictured) + 1  # and the close up
        assert 'href="https://shop.example/4"' in page
    else:
        with Image.open(path) as sheet:
            assert sheet.size == (1196, 1004)


@pytest.mark.parametrize("name", ["mine.html", "mine.v2", "mine"])
async def test_a_typed_name_stays_as_another_format_is_chosen(
    shop: Served, photo: Path, tmp_path: Path, name: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "s")
        field = app.screen.query_one(Input)
        field.value = str(tmp_path / name)
        await press(pilot, "down", "down")
        stem = name.removesuffix(".html")
        assert field.value == str(tmp_path / f"{stem}.png")
        await press(pilot, "enter")
        await done(pilot, "_write")
        assert notices(app) == [f"Saved: {tmp_path / stem}.png"]


@pytest.mark.parametrize("name", ["look.jpg", "look.pdf", "my.look"])
async def test_a_name_of_another_kind_is_refused_before_anything_is_written(
    shop: Served, photo: Path, tmp_path: Path, name: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "s")
        await save_as(pilot, tmp_path / name)
        assert not (tmp_path / name).exists()
        assert notices(app) == []
        note = text_of(app.screen.query_one("#save-note", Static))
        assert note == f"{name}: a name that ends in .html, .json or .png is needed."


@pytest.mark.parametrize("name", ["look", "look.HTM", "my.look.Html"])
async def test_a_page_may_go_without_its_suffix(
    shop: Served, photo: Path, tmp_path: Path, name: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (_, pilot):
        await press(pilot, "tab", "enter", "s")
        await save_as(pilot, tmp_path / name)
        assert (tmp_path / name).read_text().startswith("<!doctype html>")


async def test_a_picture_without_a_font_for_its_words_is_told(
    shop: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("XDG_DATA_HOME", "XDG_DATA_DIRS"):
        monkeypatch.setenv(variable, str(tmp_path / "no-fonts"))
    path = tmp_path / "saved.png"
    async with running(tmp_path, shop.url, photo=save_photo(tmp_path, "거리.jpg")) as (app, pilot):
        await press(pilot, "tab", "enter", "s")
        await save_as(pilot, path)
        assert path.is_file()
        assert notices(app) == [
            f"Saved: {path}\nNo font here has all its letters; boxes stand for them. "
            "HTML shows all."
        ]


async def test_a_name_that_can_not_be_is_told_and_a_long_photos_name_is_cut(
    shop: Served, tmp_path: Path
) -> None:
    photo = save_photo(tmp_path, f"{'x' * 250}.jpg")
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "s")
        field = app.screen.query_one(Input)
        assert field.value == f"lookalike-{'x' * 60}.html"
        for wrong in ("~nobodyx/a.html", f"{'y' * 300}.html"):
            field.value = wrong
            field.focus()
            await pilot.press("enter")
            await done(pilot, "_write")
            assert "can't be written" in text_of(app.screen.query_one("#save-note", Static))


async def test_nothing_is_overwritten(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "s")
        app.screen.query_one(Input).value = str(photo)
        app.screen.query_one(Input).focus()
        await press(pilot, "enter")
        note = app.screen.query_one("#save-note", Static)
        assert text_of(note) == "street.jpg is there already; choose another name."
        app.screen.query_one(Input).value = str(tmp_path / "no" / "such.html")
        await pilot.press("enter")
        await done(pilot, "_write")
        await settled(pilot)
        assert "can't be written" in text_of(app.screen.query_one("#save-note", Static))
        assert app.screen.query_one(OptionList).option_count == 3
        await press(pilot, "escape")
        assert said(app).startswith("10 products")
        assert app.screen.query_one(TitleBar)
