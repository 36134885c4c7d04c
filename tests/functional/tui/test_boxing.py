"""Setting the crop box."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.message import Message
from textual.widgets import Input, Static

from tests.functional.tui.drawn_shop import PHOTO_SIZE, SHIRT_BOX, save_photo
from tests.functional.tui.driven import press, running, settled, text_of, type_into
from tests.functional.tui.served import Served, served
from tui.messages import PhotoChosen
from tui.search.crop_box import FIELDS, Box
from tui.search.filters import Filters
from tui.widgets.ask_panel import AskPanel
from tui.widgets.half_blocks import HalfBlocks
from tui.widgets.photo_view import PhotoView
from tui.widgets.picture_box import PictureBox

WHOLE = Box(0, 0, *PHOTO_SIZE)
SHIRT = Box(*SHIRT_BOX)


async def test_tab_goes_through_the_suggested_boxes_and_then_on(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        note = app.screen.query_one("#box-note", Static)
        assert text_of(note) == "the whole photo"
        await press(pilot, "tab")
        assert app.session.box == SHIRT
        assert text_of(note) == "suggestion 1 of 2"
        await press(pilot, "tab")
        assert app.session.box == Box(150, 440, 180, 160)
        await press(pilot, "tab")
        assert app.focused is not None
        assert app.focused.id == "box-x"
        await press(pilot, "shift+tab", "shift+tab")
        assert app.session.box == SHIRT
        await press(pilot, "a")
        assert app.session.box == WHOLE


BOXES_BY_KEYS: list[tuple[list[str], Box]] = [
    (["right", "down"], Box(121, 201, 240, 240)),
    (["shift+left", "shift+up"], Box(110, 190, 240, 240)),
    (["ctrl+right", "ctrl+up"], Box(120, 200, 241, 239)),
    (["ctrl+shift+left", "ctrl+shift+down"], Box(120, 200, 230, 250)),
    (["plus"], Box(110, 190, 260, 260)),
    (["minus", "comma"], Box(131, 211, 218, 218)),
    (["full_stop"], Box(119, 199, 242, 242)),
]


async def test_keys_move_grow_and_shrink_it(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        for keys, box in BOXES_BY_KEYS:
            await press(pilot, "a", "tab", *keys)
            assert app.session.box == box
            shown = [app.screen.query_one(f"#box-{name}", Input).value for name in FIELDS]
            assert shown == [str(getattr(box, name)) for name in FIELDS]


async def test_numbers_are_checked_while_they_are_typed(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        note = app.screen.query_one("#box-note", Static)
        await type_into(pilot, "#box-width", "100")
        assert app.session.box == Box(0, 0, 100, 640)
        await type_into(pilot, "#box-x", "460")
        assert text_of(note) == "width: 8 to 20 fits"
        assert app.screen.query_one("#box-width").has_class("-invalid")
        assert app.session.box == Box(0, 0, 100, 640) or app.session.box == Box(46, 0, 100, 640)
        await press(pilot, "enter")
        assert app.session.history.current is None
        await type_into(pilot, "#box-x", "300")
        assert app.session.box == Box(300, 0, 100, 640)
        assert not app.screen.query(".-invalid")


async def test_a_drag_draws_it_on_an_upright_and_on_a_turned_photo(
    shop: Served, tmp_path: Path
) -> None:
    for orientation in (1, 6):
        path = save_photo(tmp_path, f"{orientation}.jpg", orientation)
        async with running(tmp_path, shop.url, photo=path) as (app, pilot):
            view = app.screen.query_one(PhotoView)
            shown = view.query(HalfBlocks).first().region
            assert view.view is not None
            per_cell = PHOTO_SIZE[0] / shown.width
            start, end = (shown.x + 10, shown.y + 5), (shown.x + 19, shown.y + 14)
            await pilot.mouse_down(offset=start)
            await pilot.hover(offset=(shown.x + 15, shown.y + 9))
            await pilot.hover(offset=end)
            await pilot.mouse_up(offset=end)
            await pilot.pause()
            box = app.session.box
            assert box is not None
            assert box.x == pytest.approx(10 * per_cell, abs=1)
            assert box.width == pytest.approx(10 * per_cell, abs=2)
            assert box.height == pytest.approx(20 * per_cell, abs=per_cell)


async def test_a_click_changes_nothing(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await pilot.click(PhotoView)
        assert app.session.box == WHOLE


async def test_a_drag_that_a_window_cuts_off_is_over(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        view = app.screen.query_one(PhotoView)
        shown = view.query(HalfBlocks).first().region
        await pilot.mouse_down(offset=(shown.x + 2, shown.y + 2))
        await pilot.hover(offset=(shown.x + 6, shown.y + 6))
        drawn = app.session.box
        assert drawn != WHOLE
        await press(pilot, "f1")
        await pilot.mouse_up(offset=(shown.x + 6, shown.y + 6))
        await press(pilot, "f1")
        await pilot.hover(offset=(shown.x + 9, shown.y + 9))
        await pilot.pause()
        assert app.session.box == drawn


async def test_a_box_that_comes_as_the_answer_covers_the_photo_is_too_late(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        view = app.screen.query_one(PhotoView)
        await press(pilot, "enter")
        view.post_message(PhotoView.BoxWanted(SHIRT))
        await pilot.pause()
        assert app.session.box == WHOLE


@pytest.mark.parametrize(
    "late",
    [PhotoView.AllWanted, lambda: PhotoView.SuggestionWanted(1), PhotoView.SearchWanted],
)
async def test_keys_that_come_as_the_answer_covers_the_photo_are_too_late(
    shop: Served, photo: Path, tmp_path: Path, late: Callable[[], Message]
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "down", "minus")
        drawn = app.session.box
        assert drawn not in (WHOLE, SHIRT)
        view = app.screen.query_one(PhotoView)
        await press(pilot, "enter")
        focused = app.screen.focused
        view.post_message(late())
        await settled(pilot)
        assert app.session.box == drawn
        assert app.session.history.place == (1, 1)
        assert app.screen.focused is focused


async def test_filters_that_come_as_the_answer_covers_the_photo_are_too_late(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        panel = app.screen.query_one(AskPanel)
        await press(pilot, "enter")
        for search in (False, True):
            panel.post_message(AskPanel.FiltersWanted(Filters(k=3), search))
            await settled(pilot)
        assert app.session.filters == Filters()
        assert app.session.history.place == (1, 1)


async def test_suggested_boxes_are_there_again_on_the_way_back_to_an_earlier_photo(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "enter")
        app.post_message(PhotoChosen(save_photo(tmp_path, "other.jpg", 6)))
        await settled(pilot)
        await settled(pilot)
        await press(pilot, "enter", "left_square_bracket", "escape")
        assert app.session.photo is not None
        assert app.session.photo.path == photo
        await press(pilot, "tab")
        assert app.session.box == SHIRT


async def test_suggestions_that_failed_are_asked_for_again_on_the_way_back(
    photo: Path, tmp_path: Path
) -> None:
    with served(tmp_path / "shop") as shop:
        shop.segmenter.suggests = False
        async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
            await press(pilot, "enter")
            app.post_message(PhotoChosen(save_photo(tmp_path, "other.jpg", 6)))
            await settled(pilot)
            await settled(pilot)
            await press(pilot, "enter")
            shop.segmenter.suggests = True
            await press(pilot, "left_square_bracket", "escape", "tab")
            assert app.session.photo is not None
            assert app.session.photo.path == photo
            assert app.session.box == SHIRT


async def test_the_close_up_shows_what_lies_in_the_box(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab")
        close_up = app.screen.query_one("#close-up", PictureBox)
        assert close_up.view is not None
        assert (close_up.view.photo.width, close_up.view.photo.height) == SHIRT_BOX[2:]
