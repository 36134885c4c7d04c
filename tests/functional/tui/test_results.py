"""What an answer shows, and the ways on from it."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.widgets import Select, Static

from tests.fakes import colour_catalogue
from tests.functional.tui.driven import (
    RecordingApp,
    notices,
    press,
    running,
    said,
    settled,
    text_of,
)
from tests.functional.tui.served import Served, free_port, served
from tests.functional.tui.slow_pictures import slow_pictures
from tests.unit.tui.answers import answer, hit, product, question, sold_out_unpriced
from tui.messages import MoreLike
from tui.screens.details import DetailsScreen
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.search.history import Search
from tui.search.likeness import SIMILAR_MATCH
from tui.search.question import PhotoQuestion, ProductQuestion
from tui.search.session import Mark
from tui.widgets.card_grid import CardGrid
from tui.widgets.picture_box import PictureBox
from tui.widgets.product_card import ProductCard
from tui.widgets.product_table import ProductTable


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


@pytest.mark.parametrize("brand", ["United Colors of Benetton", "유나이티드 컬러즈 오브 베네통"])
async def test_a_long_brand_takes_one_line_and_leaves_room_for_the_saving(
    shop: Served, photo: Path, tmp_path: Path, brand: str
) -> None:
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        await press(pilot, "tab", "enter")
        card = app.screen.query(ProductCard).first()
        long = {"brand": brand, "title": "Relaxed fit cotton poplin shirt dress with belt"}
        named = card.hit.product.model_copy(update=long)
        found = answer(card.hit.model_copy(update={"product": named}), hit("p-1", price="30"))
        card.show(found.hits[0], Search(question(), found), None)
        await settled(pilot)
        rest = card.query_one(".rest", Static)
        assert card.content_region.contains_region(rest.region)
        lines = [strip.text.rstrip() for strip in rest.render_lines(rest.region.reset_offset)]
        assert lines[0].endswith("…")
        assert lines[1:] == ["20.00 USD", "█████ 1.00 same look", "saves 10.00 (33%)"]


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


async def test_what_is_sold_out_and_has_no_price_is_told_wherever_it_is_shown(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    gone = hit("p-1").model_copy(update={"product": sold_out_unpriced("p-1")})
    shown = Search(question(), answer(gone, hit("p-2")))
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        await press(pilot, "tab", "enter")
        card = app.screen.query(ProductCard).first()
        card.show(shown.answer.hits[0], shown, None)
        assert text_of(card.query_one(".rest", Static)).splitlines()[1] == "no price sold out"
        table = app.screen.query_one(ProductTable)
        table.show(shown, {})
        told = [str(table.get_row_at(at)[3]) for at in range(2)]
        assert told == ["sold out  no price", "10.00 USD"]
        await app.push_screen(DetailsScreen(app.surroundings, gone))
        await settled(pilot)
        assert "no price sold out" in text_of(app.screen.query_one("#about", Static))


async def test_the_table_has_room_for_every_mark(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "v", *["down"] * 9, "plus")
        table = app.screen.query_one(ProductTable)
        shown = "\n".join(line.text for line in table.render_lines(table.region.reset_offset))
        assert " 10▲ " in shown


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


async def test_keys_scroll_through_long_details(shop: Served, photo: Path, tmp_path: Path) -> None:
    many = {f"attribute {n}": "value" for n in range(30)}
    long = hit("p-1").model_copy(
        update={"product": product("p-1").model_copy(update={"attributes": many})}
    )
    async with running(tmp_path, shop.url, photo=photo, size=(80, 24)) as (app, pilot):
        await app.push_screen(DetailsScreen(app.surroundings, long))
        await settled(pilot)
        words = app.screen.query_one(VerticalScroll)
        places = []
        for key in ("down", "up", "pagedown", "pageup", "end", "home"):
            await press(pilot, key)
            await pilot.wait_for_scheduled_animations()
            places.append(words.scroll_offset.y)
        page, most = places[2], words.max_scroll_y
        assert places == [1, 0, page, 0, most, 0]
        assert 1 < page < most
        await press(pilot, "enter")
        assert isinstance(app.screen, LookScreen)


async def test_enter_held_down_opens_details_once(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter")
        card = app.screen.query(ProductCard).first()
        for _ in range(3):
            card.action_open()
        await settled(pilot)
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


async def test_what_is_more_like_a_product_saves_against_its_price(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "v", "down", "m")
        search = app.session.history.current
        assert search is not None
        assert isinstance(search.question, ProductQuestion)
        own = search.question.product.price
        table = app.screen.query_one(ProductTable)
        saved = [str(table.get_row_at(at)[4]) for at in range(table.row_count)]
        cheaper = [
            hit.product.price < own and hit.match >= SIMILAR_MATCH for hit in search.answer.hits
        ]
        assert [bool(cell) for cell in saved] == cheaper
        assert len(set(cheaper)) == 2
        amounts = [Decimal(cell.split()[0]) for cell in saved if cell]
        prices = [hit.product.price for hit in search.answer.hits]
        assert amounts == [own - price for price, less in zip(prices, cheaper, strict=True) if less]


async def test_details_tell_the_saving_of_the_search_that_they_are_of(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "m", "right", "enter")
        about = app.screen.query_one("#about", Static)
        before = text_of(about)
        app.session.history.move(-1)
        await press(pilot, "plus", "plus")  # shown anew, and as it was
        assert text_of(about) == before


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


def pictured(app: RecordingApp) -> list[bool]:
    """Whether each card shows what there is to show."""
    return [
        (card.hit.product.image_url is None) or card.picture.picture_size() is not None
        for card in app.screen.query_one(CardGrid).cards
    ]


async def test_pictures_that_failed_are_fetched_again_for_the_next_answer(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    port = free_port()
    images = f"http://127.0.0.1:{port}"
    async with running(tmp_path, shop.url, photo=photo, images_url=images) as (app, pilot):
        await press(pilot, "tab", "enter")
        assert not all(pictured(app))
        with served(tmp_path / "images", port=port):
            await press(pilot, "f5")
            assert all(pictured(app))


async def test_pictures_of_an_answer_do_not_wait_for_those_of_the_one_before(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    t_shirts = "0" * 63  # how the keys of their pictures begin, and no hat's
    with slow_pictures(shop.url, t_shirts) as slow:
        async with running(tmp_path, shop.url, photo=photo, images_url=slow.url) as (app, pilot):
            await pilot.press("tab", "enter")
            await asyncio.to_thread(slow.asked.wait)
            before = [w for w in app.workers if w.group == "pictures" and not w.is_finished]
            app.screen.query_one("#category", Select).value = "hat"
            while app.session.history.place != (2, 2):
                await pilot.pause()
            await pilot.pause()
            assert all(worker.is_finished for worker in before)
            await settled(pilot)
            assert all(pictured(app))


async def test_marks_last_for_the_session(shop: Served, photo: Path, tmp_path: Path) -> None:
    async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
        await press(pilot, "tab", "enter", "plus", "right", "minus")
        assert app.session.marks == {"p-04": Mark.UP, "p-03": Mark.DOWN}
        card = app.screen.query_one(CardGrid).cards[1]
        assert card.has_class("-down")
        await press(pilot, "minus")
        assert app.session.marks == {"p-04": Mark.UP}
        assert not card.has_class("-down")
