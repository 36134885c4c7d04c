"""Putting and deleting products over HTTP, on a real store."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from deployments.product_store import STORE_IS_AWAY
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    ForbiddenError,
    NotFoundError,
    UnavailableError,
    UnsupportedFormatError,
)
from lookalike.contract.listing import PutProductParams
from lookalike.contract.schemas import RecommendParams
from lookalike.contract.taxonomy import Category
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import code_of
from tests.functional.live_service import LiveService

RED, BLUE = jpeg((200, 30, 30)), jpeg((20, 20, 180))
LISTED: dict[str, Any] = {
    "title": "Red tee",
    "brand": "Acme",
    "category": "t-shirt",
    "currency": "USD",
    "price": 19.99,
    "item_url": "https://shop.example/red-tee",
    "attributes": {"fit": "slim"},
}


def listed(**changed: Any) -> PutProductParams:
    given = {k: v for k, v in {**LISTED, **changed}.items() if v is not None}
    return PutProductParams.model_validate_json(json.dumps(given))


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[LiveService]:
    service = LiveService(tmp_path)
    yield service
    await service.close()


async def put(
    service: LiveService, product_id: str = "tee", picture: bytes | None = None, **params: Any
) -> httpx.Response:
    parts: dict[str, Any] = {"params": (None, json.dumps(params))}
    if picture is not None:
        parts["image"] = picture
    return await service.raw.put(f"/v1/products/{product_id}", files=parts)


async def test_a_put_of_parameters_alone_may_have_a_files_name(service: LiveService) -> None:
    client = service.client()
    await client.put_product("tee", listed(), RED)
    params = listed(title="Other tee").model_dump_json(exclude_unset=True)
    reply = await service.raw.put("/v1/products/tee", files={"params": ("blob", params)})
    assert reply.json()["product"]["title"] == "Other tee"
    assert reply.json()["product"]["image_url"] is not None


async def test_a_put_product_is_the_top_hit_and_says_which_change_it_is(
    service: LiveService,
) -> None:
    client = service.client()
    reply = await client.put_product("red", listed(), RED)
    await client.put_product("blue", listed(title="Blue tee", price=9), BLUE)
    service.catch_up()
    found = await client.recommend(RED, RecommendParams(k=2))
    assert [hit.product.id for hit in found.hits] == ["red", "blue"]
    assert found.hits[0].product == reply.product == await client.product("red")
    assert found.catalog_version >= reply.catalog_version > 0
    assert reply.product.image_url is not None
    picture = await service.raw.get(reply.product.image_url)
    assert picture.content == RED
    assert picture.headers["x-content-type-options"] == "nosniff"


async def test_an_empty_picture_is_none_that_a_product_keeps_its_own_for(
    service: LiveService,
) -> None:
    client = service.client()
    await client.put_product("red", listed(), RED)
    with pytest.raises(UnsupportedFormatError):
        await client.put_product("red", listed(title="Other"), b"")
    service.catch_up()
    assert (await client.product("red")).title != "Other"


async def test_the_same_put_again_changes_nothing_and_looks_at_nothing(
    service: LiveService,
) -> None:
    first = await service.client().put_product("red", listed(), RED)
    looked = service.segmenter.calls
    again = await service.client().put_product("red", listed(), RED)
    assert again.catalog_version == first.catalog_version
    assert again.product == first.product
    assert service.segmenter.calls == looked


async def test_a_new_price_needs_no_picture(service: LiveService) -> None:
    client = service.client()
    before = await client.put_product("red", listed(), RED)
    after = await client.put_product("red", listed(price=5))
    service.catch_up()
    assert after.product.image_url == before.product.image_url
    found = await client.recommend(RED, RecommendParams(max_price=Decimal(5)))
    assert [hit.product.price for hit in found.hits] == [5]


async def test_a_new_picture_is_found_and_the_old_one_no_longer(service: LiveService) -> None:
    client = service.client()
    await client.put_product("tee", listed(), RED)
    service.catch_up()
    await client.put_product("tee", listed(), BLUE)
    service.catch_up()
    found = await client.recommend(BLUE, RecommendParams(categories="any"))
    assert found.hits[0].similarity > 0.999


async def test_without_a_category_the_classifier_decides(service: LiveService) -> None:
    client = service.client()
    reply = await client.put_product("hat", listed(category=None), BLUE)
    assert reply.product.category is Category.HAT
    assert reply.category is not None
    assert reply.category.name is Category.HAT
    again = await client.put_product("hat", listed(category=None))
    assert (again.product, again.catalog_version) == (reply.product, reply.catalog_version)


async def test_a_deleted_product_is_gone_everywhere(service: LiveService) -> None:
    client = service.client()
    await client.put_product("red", listed(), RED)
    reply = await client.delete_product("red")
    service.catch_up()
    found = await client.recommend(RED, RecommendParams(categories="any"))
    assert (found.hits, found.catalog_version) == ([], reply.catalog_version)
    for gone in (client.product("red"), client.similar("red"), client.delete_product("red")):
        with pytest.raises(NotFoundError):
            await gone


async def test_a_new_product_needs_a_picture(service: LiveService) -> None:
    with pytest.raises(BadRequestError, match="image"):
        await service.client().put_product("red", listed())


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a\ud800b"}, "params"),
        ({"brand": "x" * 301}, "brand"),
        ({"category": "spaceship"}, "category"),
        ({"price": -0.01}, "price"),
        ({"price": 1e13}, "price"),
        ({"price": "free"}, "price"),
        ({"price": None}, "price"),
        ({"price": 9.999}, "price"),
        ({"price": 9.5, "currency": "KRW"}, "price"),
        ({"price": float("nan")}, "price"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": "usd"}, "currency"),
        ({"currency": "dollars"}, "currency"),
        ({"item_url": "javascript:alert(1)"}, "item_url"),
        ({"item_url": "https://a b"}, "item_url"),
        ({"item_url": "https://a/" + "x" * 2000}, "item_url"),
        ({"item_url": None}, "item_url"),
        ({"attributes": {"": "x"}}, "attributes"),
        ({"attributes": {"fit": 3}}, "attributes.fit"),
        ({"attributes": {str(n): "x" for n in range(65)}}, "attributes"),
        ({"attributes": {"fit": "x" * 2001}}, "attributes.fit"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_stored(
    service: LiveService, wrong: dict[str, Any], names: str
) -> None:
    params = {k: v for k, v in {**LISTED, **wrong}.items() if v is not None}
    reply = await put(service, picture=RED, **params)
    assert code_of(reply) == (422, "bad_request")
    assert reply.json()["error"]["message"].startswith(names)
    assert await service.store.stored("tee") is None


@pytest.mark.parametrize("product_id", ["x" * 201, "a%01b", "%2e%2e", "%ed%a0%80"])
async def test_an_id_that_can_t_be_one_is_refused(service: LiveService, product_id: str) -> None:
    reply = await put(service, product_id, RED, **LISTED)
    assert reply.status_code in {404, 405, 422}
    assert code_of(reply)[1] in {"bad_request", "not_found"}


async def test_what_is_no_picture_is_refused_and_not_kept(service: LiveService) -> None:
    client = service.client()
    for rubbish in (b"", b"just text", b"%PDF-1.7"):
        with pytest.raises(UnsupportedFormatError):
            await client.put_product("tee", listed(), rubbish)
    assert code_of(await put(service, "tee", RED[:300], **LISTED)) == (422, "bad_image")
    assert await service.store.stored("tee") is None
    assert not any(service.file.parent.glob("images/*"))


async def test_the_price_is_kept_as_it_was_written(service: LiveService) -> None:
    for currency, price in (("KRW", 39000), ("KWD", 1.205), ("USD", 0)):
        reply = await put(
            service, currency, RED, **{**LISTED, "price": price, "currency": currency}
        )
        assert reply.json()["product"]["price"] == price


async def test_changes_can_be_turned_off(tmp_path: Path) -> None:
    service = LiveService(tmp_path, writes=False)
    with pytest.raises(ForbiddenError):
        await service.client().put_product("red", listed(), RED)
    await service.close()


async def test_a_locked_store_is_told_and_nothing_is_lost(
    service: LiveService, caplog: pytest.LogCaptureFixture
) -> None:
    client = service.client()
    await client.put_product("red", listed(), RED)
    service.catch_up()
    with closing(sqlite3.connect(service.file)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match=f"^{STORE_IS_AWAY}") as refused:
            await client.delete_product("red")
        assert (await client.product("red")).title == "Red tee"
    assert "lock" not in str(refused.value)
    assert "database is locked" in caplog.text
    assert (await client.delete_product("red")).catalog_version == 3


async def test_a_store_that_is_away_is_told_and_searches_go_on(
    service: LiveService, caplog: pytest.LogCaptureFixture
) -> None:
    client = service.client()
    await client.put_product("red", listed(), RED)
    service.catch_up()
    away = service.file.with_name("away.sqlite")
    service.file.rename(away)
    await service.store.close()
    with pytest.raises(UnavailableError, match=f"^{STORE_IS_AWAY}") as refused:
        await client.put_product("blue", listed(), BLUE)
    assert service.file.name not in str(refused.value)
    assert service.file.name in caplog.text
    with pytest.raises(UnavailableError):
        service.catch_up()
    assert len((await client.recommend(RED)).hits) == 1
    away.rename(service.file)
    await client.put_product("blue", listed(), BLUE)
    service.catch_up()
    assert len((await client.recommend(RED)).hits) == 2


async def test_pictures_that_can_not_be_kept_are_told_without_the_reason(
    service: LiveService, caplog: pytest.LogCaptureFixture
) -> None:
    service.file.with_name("images").write_text("no folder")
    answer = await put(service, "red", RED, **LISTED)
    assert code_of(answer) == (503, "unavailable")
    told = answer.json()["error"]["message"]
    assert told.startswith("the picture can't be stored; try again in a moment")
    assert "directory" not in told.lower()
    assert "Not a directory" in caplog.text


async def test_past_the_deadline_the_caller_is_told_that_it_may_be_stored(tmp_path: Path) -> None:
    service = LiveService(tmp_path, FakeSegmenter(takes=asyncio.Event()))
    with pytest.raises(DeadlineError, match="may or may not be stored"):
        await service.client(deadline_s=0.05).put_product("red", listed(), RED)
    await service.close()


async def test_so_it_is_where_a_stage_is_down_meanwhile(tmp_path: Path) -> None:
    async def stages_down() -> list[str]:
        return ["shard-1"]

    service = LiveService(tmp_path, FakeSegmenter(takes=asyncio.Event()), stages_down=stages_down)
    client = service.client(deadline_s=0.05)
    with pytest.raises(UnavailableError, match=r"shard-1; the change may or may not be stored"):
        await client.put_product("red", listed(), RED)
    with pytest.raises(UnavailableError, match=r"shard-1$"):
        await client.recommend(RED)
    await service.close()


async def test_of_two_writers_at_once_one_wins_as_a_whole(service: LiveService) -> None:
    client = service.client()
    await client.put_product("tee", listed(), RED)
    await asyncio.gather(
        client.put_product("tee", listed(title="Blue", price=7), BLUE),
        client.put_product("tee", listed(title="Red", price=9), RED),
    )
    stored = await service.store.stored("tee")
    assert stored is not None
    assert stored.product.image_key == stored.seen_image_key
    picture = service.images.get(stored.product.image_key or "")
    assert (stored.product.title, picture) in {("Blue", BLUE), ("Red", RED)}


async def test_a_put_that_keeps_the_picture_does_not_undo_a_deletion(tmp_path: Path) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter()
    service = LiveService(tmp_path, segmenter)
    client = service.client()
    await client.put_product("tee", listed(), RED)
    segmenter.takes = go
    while not segmenter.entered.empty():
        segmenter.entered.get_nowait()
    # Without a category the picture is looked at again: time for another writer.
    repricing = asyncio.create_task(client.put_product("tee", listed(category=None, price=5)))
    await segmenter.entered.get()
    await client.delete_product("tee")
    go.set()
    with pytest.raises(BadRequestError, match="image"):
        await repricing
    assert await service.store.stored("tee") is None
    await service.close()


def test_a_listing_is_checked_before_it_is_sent() -> None:
    with pytest.raises(ValidationError, match="decimal places"):
        listed(price=1.001)
