"""What can be done with an answer."""

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
from textual.geometry import Region
from textual.widgets import Input, OptionList, Select, Static

from tests.fakes import colour_catalogue
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
from tests.functional.tui.slow_pictures import slow_pictures
from tests.unit.tui.answers import hit, product
from tui.messages import MoreLike
from tui.screens.details import DetailsScreen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.question import PhotoQuestion
from tui.search.session import Mark
from tui.widgets.card_grid import CardGrid
from tui.widgets.picture_box import PictureBox
from tui.widgets.product_card import ProductCard
from tui.widgets.product_table import ProductTable
from tui.widgets.title_bar import TitleBar


async def save_as(pilot: AppPilot, path: Path) -> None:
    field = pilot.app.screen.query_one(Input)
    field.value = str(path)
    field.focus()
    await pilot.press("enter")
    await done(pilot, "_write")


async def test_a_card_shows_what_a_shopper_asks_about(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        card = app.screen.query(ProductCard).first()
        assert card.has_focus
        words = [text_of(static) for static in card.query(Static)]
        assert words[0] == "Product 4"
        assert words[1].splitlines() == [
            "Bolt & Söhne",
            "20.00 USD",
            "█████ 1.00 same look",
            "saves 10.00 (33%)",
        ]
        assert card.query_one(PictureBox).view is not None


async def test_arrows_walk_over_the_cards(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        await press(pilot, "tab", "enter")
        grid = app.screen.query_one(CardGrid)
        ranks = []
        for key in ("right", "down", "left", "up", "end", "right", "home", "left"):
            await press(pilot, key)
            assert grid.current is not None
            ranks.append(grid.current.rank)
        assert ranks == [2, 4, 3, 1, 10, 10, 1, 1]


async def test_a_table_shows_the_same_and_is_remembered(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "right", "v")
        table = app.screen.query_one(ProductTable)
        assert table.has_focus
        assert table.row_count == 10
        assert table.current is not None
        assert table.current.rank == 2
        row = [str(cell) for cell in table.get_row_at(0)]
        assert row == [
            "1", "1.00", "98% same look", "20.00 USD", "10.00 (33%)", "Product 4", "Bolt & Söhne",
        ]  # fmt: skip
        await press(pilot, "enter")
        assert isinstance(app.screen, DetailsScreen)
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        assert app.screen.query_one(ProductTable).has_focus


async def test_details_tell_everything(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "enter")
        assert isinstance(app.screen, DetailsScreen)
        words = text_of(app.screen.query_one("#about", Static))
        for told in ("Product 4", "20.00 USD", "98% sure", "t-shirt", "colour  red", "p-04"):
            assert told in words
        assert app.screen.query_one("#large", PictureBox).view is not None
        await press(pilot, "plus")
        assert "▲ I like it" in text_of(app.screen.query_one("#about", Static))
        await press(pilot, "escape")
        assert isinstance(app.screen, ResultsScreen)


@pytest.mark.parametrize("title", ["Dress [S/M] [/SALE]", "Dress [/]", "[NIKE] tee", "[a='b] c"])
async def test_a_title_in_brackets_is_shown_as_the_shop_wrote_it(
    shop: Served, photo: Path, tmp_path: Path, title: str
) -> None:
    named = hit("p-1").model_copy(
        update={"product": product("p-1").model_copy(update={"title": title})}
    )
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await app.push_screen(DetailsScreen(app.surroundings, named))
        await settled(pilot)
        assert isinstance(app.screen, DetailsScreen)
        frame = app.screen.query_one("#details")
        assert title in frame.render_lines(Region(0, 0, frame.outer_size.width, 1))[0].text
        assert title in text_of(app.screen.query_one("#about", Static))


async def test_a_link_is_opened_or_copied(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "o", "y")
        assert app.opened == ["https://shop.example/4"]
        assert app.clipboard == "https://shop.example/4"
        assert notices(app) == ["Link copied."]


async def test_more_like_this_and_back_and_forward(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        title = app.screen.query_one
        await press(pilot, "tab", "enter", "down", "m")
        about = text_of(app.screen.query_one("#title-about", Static))
        place = text_of(app.screen.query_one("#title-place", Static))
        assert (about, place) == ("Product 5", "2/2")
        await press(pilot, "left_square_bracket")
        assert text_of(app.screen.query_one("#title-place", Static)) == "1/2"
        assert text_of(app.screen.query_one("#title-about", Static)).startswith("street.jpg")
        await press(pilot, "alt+right")
        assert text_of(app.screen.query_one("#title-about", Static)) == "Product 5"
        assert title is not None
        await press(pilot, "enter", "m")
        assert isinstance(app.screen, ResultsScreen)
        assert app.session.history.place == (3, 3)
        await press(pilot, "escape")
        assert isinstance(app.screen, LookScreen)


async def test_after_more_like_this_the_photo_is_asked_about_again(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "m", "escape", "enter")
        search = app.session.history.current
        assert search is not None
        assert isinstance(search.question, PhotoQuestion)
        assert app.session.history.place == (3, 3)
        await press(pilot, "m", "escape", "ctrl+r")
        assert app.session.history.place == (5, 5)
        assert isinstance(app.session.question(), PhotoQuestion)


async def test_likes_of_a_product_that_is_gone_leave_the_ones_shown(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "m")
        shown = app.session.question()
        search = app.session.history.current
        assert search is not None
        gone = search.answer.hits[0].product.model_copy(update={"id": "gone"})
        app.post_message(MoreLike(gone))
        await settled(pilot)
        assert said(app).startswith("✗ That product is no longer in the catalogue.")
        assert app.session.question() == shown
        app.screen.query_one("#sort", Select).value = "value"
        await settled(pilot)
        assert app.session.history.place == (3, 3)
        assert app.session.trouble is None


async def test_a_picture_that_comes_late_is_not_shown_on_another_products_card(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    first = next(product for product in colour_catalogue()[0] if product.id == "p-04")
    with slow_pictures(shop.url, str(first.image_key)) as slow:
        async with running(tmp_path, shop.url, photo=photo, images_url=slow.url) as (app, pilot):
            await pilot.press("tab", "enter")
            await asyncio.to_thread(slow.asked.wait)
            while sum(w.group == "pictures" and not w.is_finished for w in app.workers) > 1:
                await pilot.pause()
            app.screen.query_one("#sort", Select).value = "price"
            while app.session.history.place != (2, 2):
                await pilot.pause()
            slow.go.set()
            await settled(pilot)
            cards = app.screen.query_one(CardGrid).cards
            assert cards[0].hit.product.id != first.id
            for card in cards:
                kept = app.surroundings.thumbnails.kept(card.hit.product.image_url)
                assert (card.picture.picture_size() is None) == (kept is None)
                if kept is not None:
                    shown = card.picture.picture_at(*kept.size, line=1)
                    assert shown.tobytes() == kept.tobytes(), card.hit.product.id


async def test_marks_last_for_the_session(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "plus", "right", "minus")
        assert app.session.marks == {"p-04": Mark.UP, "p-03": Mark.DOWN}
        card = app.screen.query_one(CardGrid).cards[1]
        assert card.has_class("-down")
        await press(pilot, "minus")
        assert app.session.marks == {"p-04": Mark.UP}
        assert not card.has_class("-down")


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
        assert 0 < len(pictured) < 10
        assert page.count("data:image/jpeg;base64,") == len(pictured) + 1  # and the close up
        assert 'href="https://shop.example/4"' in page
    else:
        with Image.open(path) as sheet:
            assert sheet.size == (1196, 946)


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
