"""Changes of the catalogue: one story, told over HTTP and over NATS, must end alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lookalike.client import HttpSearchClient
from lookalike.client.nats import NatsSearchClient
from lookalike.contract.errors import LookalikeError
from lookalike.contract.listing import PutProductParams
from lookalike.contract.schemas import RecommendParams
from lookalike.contract.taxonomy import Category
from tests.fakes import jpeg
from tests.functional.live_service import LiveService
from tests.functional.nats_door import serving
from tests.nats_servers import nats_server
from worker.local_backend import LocalBackend
from worker.settings import NatsArgs

Client = HttpSearchClient | NatsSearchClient
DOORS = ("http", "nats")
SHIRT = PutProductParams(
    title="Rotes Hemd 옷", brand="Söhne", price=Decimal("19.9"), currency="EUR",
    item_url="https://shop.example/1", category=Category.SHIRT,
)  # fmt: skip


@asynccontextmanager
async def opened(
    door: str, folder: Path, **gateway: Any
) -> AsyncIterator[tuple[Client, LiveService]]:
    """A client of a door over a real store, and the service behind it."""
    live = LiveService(folder, **gateway)
    try:
        if door == "http":
            async with live.client() as http:
                yield http, live
            return
        with nats_server(folder) as server:
            backend = LocalBackend(live.recommender, live.args, live.writer)
            worker = serving(live.recommender, backend, NatsArgs(url=server.url))
            client = NatsSearchClient(server.url)
            async with worker, client:
                yield client, live
    finally:
        await live.close()


async def outcome(asked: Awaitable[BaseModel]) -> tuple[str, Any]:
    """How a request ended, without what differs from one to the next."""
    try:
        reply = await asked
    except LookalikeError as error:
        return f"{error.http_status} {error.code}", error.message
    return "200", reply.model_dump(exclude={"request_id", "timings_ms"})


async def told(client: Client, live: LiveService) -> list[tuple[str, Any]]:
    """A product's life, step by step."""
    cheaper = SHIRT.model_copy(update={"price": Decimal("9.5")})
    red, blue = jpeg((200, 30, 30)), jpeg((20, 20, 180))
    steps: list[Callable[[], Awaitable[BaseModel]]] = [
        lambda: client.delete_product("1"),
        lambda: client.put_product("1", SHIRT),
        lambda: client.put_product("1", SHIRT, b"no picture"),
        lambda: client.put_product("x" * 201, SHIRT, red),
        lambda: client.put_product("1 ", SHIRT, red),
        lambda: client.delete_product("x" * 300),
        lambda: client.put_product("{1}", SHIRT, red),
        lambda: client.put_product("1", SHIRT, red),
        lambda: client.put_product("1", SHIRT, red),
        lambda: client.put_product("1", cheaper),
        lambda: client.put_product("1", cheaper.model_copy(update={"category": None}), blue),
        lambda: client.product("1"),
        lambda: client.product("{1}"),
        lambda: client.recommend(red, RecommendParams(categories="any")),
        lambda: client.delete_product("1"),
        lambda: client.delete_product("1"),
        lambda: client.product("1"),
        lambda: client.delete_product("{1}"),
    ]
    outcomes = []
    for step in steps:
        outcomes.append(await outcome(step()))
        live.catch_up()
    return outcomes


async def test_a_products_life_ends_alike_over_all_doors(tmp_path: Path) -> None:
    stories = []
    for door in DOORS:
        async with opened(door, tmp_path / door) as (client, live):
            stories.append(await told(client, live))
    assert [how for how, _ in stories[0]] == [
        "404 not_found", "422 bad_request", "415 bad_image", *["422 bad_request"] * 3,
        *["200"] * 9, "404 not_found", "404 not_found", "200",
    ]  # fmt: skip
    assert stories[0] == stories[1]


_NONE_HAS_IT = "404 not_found", "404 not_found", "404 not_found", "422 bad_request"
_NO_ID = ("422 bad_request",) * 4
IDS = {
    "p/1": _NONE_HAS_IT, "1/similar": _NONE_HAS_IT, "../1": _NONE_HAS_IT, "/": _NONE_HAS_IT,
    ".": _NONE_HAS_IT, "..": _NONE_HAS_IT, "1\n": _NONE_HAS_IT, "\r\n": _NONE_HAS_IT,
    "": _NO_ID, "\ud800": _NO_ID, "1\udcff": _NO_ID,
}  # fmt: skip
"""How product, similar, delete and put end with ids that no product can have."""


@pytest.mark.parametrize("door", DOORS)
async def test_ids_that_no_product_can_have_end_alike_and_touch_no_other(
    door: str, tmp_path: Path
) -> None:
    ended = {}
    async with opened(door, tmp_path) as (client, live):
        for neighbour in ("1", "?", "similar"):
            await client.put_product(neighbour, SHIRT, jpeg((200, 30, 30)))
        live.catch_up()
        for product_id in IDS:
            ended[product_id] = (
                (await outcome(client.product(product_id)))[0],
                (await outcome(client.similar(product_id)))[0],
                (await outcome(client.delete_product(product_id)))[0],
                (await outcome(client.put_product(product_id, SHIRT)))[0],
            )
        assert ended == IDS
        for neighbour in ("1", "?", "similar"):
            assert (await client.product(neighbour)).title == SHIRT.title


@pytest.mark.parametrize("door", DOORS)
async def test_a_service_that_takes_no_changes_says_so(door: str, tmp_path: Path) -> None:
    async with opened(door, tmp_path, writes=False) as (client, _):
        assert (await outcome(client.delete_product("1")))[0] == "403 forbidden"


async def test_a_picture_above_the_limit_is_stored_as_it_was_sent(tmp_path: Path) -> None:
    picture = jpeg() + bytes(9_000_000)
    async with opened("nats", tmp_path) as (client, live):
        reply = await client.put_product("1", SHIRT, picture)
        key = (reply.product.image_url or "").rpartition("/")[2]
        assert live.images.get(key) == picture
