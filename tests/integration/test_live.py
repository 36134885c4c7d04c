"""The catalogue changes under a service that answers: puts, deletions, kills, a store that goes."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
import pytest

from catalog.store import open_store
from catalog.street_queries import StreetQuery
from cli.settings import Settings
from deployments.canary import canary_photo
from deployments.local_service import LocalService
from tests.integration.conftest import PATIENCE_S
from tests.integration.replicas import replicas_of

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

AGAIN_WITHIN_S: Final = 60
AWAY_S: Final = 10
ASKED_TIMES: Final = 24
"""So many answers in a row come from every replica, unless the balancer avoids one by chance."""
LISTED: Final[dict[str, Any]] = {
    "title": "Put while you look",
    "category": "hat",
    "currency": "USD",
    "item_url": "https://shop.example/p/live",
}


class Shop:
    """The service as a shop's own programs use it."""

    def __init__(self, service: LocalService) -> None:
        self.http = httpx.AsyncClient(
            base_url=service.url,
            timeout=PATIENCE_S + 5,
            headers={"Lookalike-Deadline": str(PATIENCE_S)},
        )

    async def put(
        self, product_id: str, picture: bytes | None = None, **params: Any
    ) -> httpx.Response:
        parts: dict[str, Any] = {"params": (None, json.dumps({**LISTED, **params}))}
        if picture is not None:
            parts["image"] = picture
        return await self.http.put(f"/v1/products/{product_id}", files=parts)

    async def delete(self, product_id: str) -> httpx.Response:
        return await self.http.delete(f"/v1/products/{product_id}")

    async def price(self, product_id: str) -> float | None:
        reply = await self.http.get(f"/v1/products/{product_id}")
        price: float | None = reply.json().get("price")
        return price

    async def everywhere(self, product_id: str, price: float | None) -> None:
        """Wait until every replica knows this price, None for no such product."""
        in_a_row = 0
        async with asyncio.timeout(PATIENCE_S):
            while in_a_row < ASKED_TIMES:
                in_a_row = in_a_row + 1 if await self.price(product_id) == price else 0

    async def best(self, photo: bytes, **params: Any) -> dict[str, Any] | None:
        reply = await self.http.post(
            "/v1/recommend",
            files={"image": photo},
            data={"params": json.dumps({"k": 1, "categories": "any", **params})},
        )
        assert reply.status_code == 200, reply.text
        hits = reply.json()["hits"]
        return hits[0] if hits else None

    async def ready(self) -> dict[str, Any]:
        reply = await self.http.get("/readyz")
        body: dict[str, Any] = reply.json()
        return body


@pytest.fixture
async def shop(service: LocalService) -> AsyncIterator[Shop]:
    shop = Shop(service)
    async with shop.http:
        yield shop


@asynccontextmanager
async def asked_meanwhile(ask: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Somebody asks again and again; an answer that is none fails the test."""
    stop = asyncio.Event()
    answers = 0

    async def keep_asking() -> None:
        nonlocal answers
        while not stop.is_set():
            await ask()
            answers += 1

    task = asyncio.create_task(keep_asking())
    try:
        yield
    finally:
        stop.set()
        await task
    assert answers > 0


async def test_changes_are_searchable_under_load_on_every_replica(
    service: LocalService, shop: Shop, served: Settings, street: list[StreetQuery]
) -> None:
    assert len(replicas_of(service, "shard-0")) == 2
    photo = street[3].photo.read_bytes()
    ids = [f"live-{n}" for n in range(4)]  # of both shards
    async with asked_meanwhile(lambda: shop.best(street[0].photo.read_bytes())):
        for n, product_id in enumerate(ids):
            reply = await shop.put(product_id, photo, price=50 + n)
            assert reply.status_code == 200, reply.text
            await shop.everywhere(product_id, 50 + n)
        best = await shop.best(photo)
        assert best is not None
        assert best["product"]["id"] in ids
        assert best["similarity"] > 0.99

        reply = await shop.put("live-2", price=3, category="skirt", brand="Moved")
        await shop.everywhere("live-2", 3)
        where = {"categories": ["skirt"], "max_price": 3, "brands": ["Moved"]}
        best = await shop.best(photo, **where)
        assert best is not None
        assert best["product"] == reply.json()["product"]

        with open_store(served.store_url, create=False) as store:  # as an import would
            imported = store.get_product("live-3")
            assert imported is not None
            store.put_products([replace(imported, price_minor=777)])
        await shop.everywhere("live-3", 7.77)

        for product_id in ids:
            assert (await shop.delete(product_id)).status_code == 200
        for product_id in ids:
            await shop.everywhere(product_id, None)
    best = await shop.best(photo)
    assert best is not None
    assert best["product"]["id"] not in ids
    assert (await shop.delete("live-0")).status_code == 404


@dataclass(frozen=True, order=True)
class Acknowledged:
    """A change that was answered with success: `price` None for a deletion."""

    version: int
    price: float | None


class Writer:
    """Puts and deletes at random, and notes what it was told."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self._shop = shop
        self._random = random.Random(seed)
        self._prices = iter(range(100 + 1000 * seed, 1100 + 1000 * seed))
        self.told: dict[str, list[Acknowledged]] = {}

    async def work(self, ids: list[str], changes: int) -> None:
        for _ in range(changes):
            product_id = self._random.choice(ids)
            delete = self._random.random() < 0.3
            price = None if delete else next(self._prices)
            while True:
                if price is None:
                    reply = await self._shop.delete(product_id)
                else:
                    reply = await self._shop.put(product_id, canary_photo(), price=price)
                if reply.status_code == 404:
                    break
                if reply.status_code == 200:
                    change = Acknowledged(reply.json()["catalog_version"], price)
                    self.told.setdefault(product_id, []).append(change)
                    break
                # 504 leaves a deletion in doubt: a 404 after it would tell nothing.
                assert reply.status_code in ({503} if delete else {503, 504}), reply.text


async def test_two_writers_and_a_killed_shard_lose_and_resurrect_nothing(
    service: LocalService, shop: Shop, served: Settings
) -> None:
    ids = [f"contested-{n}" for n in range(5)]
    writers = [Writer(shop, seed) for seed in (1, 2)]
    killed = replicas_of(service, "shard-0") + replicas_of(service, "shard-1")

    async def kill_in_between() -> None:
        while not all(writer.told for writer in writers):
            await shop.ready()
        for process in killed:
            process.kill()

    await asyncio.gather(*(writer.work(ids, 12) for writer in writers), kill_in_between())
    service.wait_ready(AGAIN_WITHIN_S)
    final = {
        product_id: max(change for writer in writers for change in writer.told.get(product_id, []))
        for product_id in ids
        if any(product_id in writer.told for writer in writers)
    }
    assert len(final) >= 4
    with open_store(served.store_url, create=False) as store:
        for product_id, last in final.items():
            stored = store.get_product(product_id)
            assert (stored.price_minor / 100 if stored else None) == last.price
    for product_id, last in final.items():
        await shop.everywhere(product_id, last.price)
        await shop.delete(product_id)


async def test_a_store_that_goes_away_costs_neither_answers_nor_changes(
    service: LocalService, shop: Shop, served: Settings
) -> None:
    file = served.data_dir / "catalog.sqlite"
    away = file.with_name("away.sqlite")
    assert (await shop.put("before", canary_photo(), price=1)).status_code == 200
    assert (await shop.put("doomed", canary_photo(), price=2)).status_code == 200
    assert (await shop.delete("doomed")).status_code == 200
    await shop.everywhere("before", 1)
    await shop.everywhere("doomed", None)
    file.rename(away)
    try:
        await refused_and_answered_while_away(service, shop)
    finally:
        assert not file.exists(), "somebody made an empty store in its place"
        away.rename(file)
    service.wait_ready(AGAIN_WITHIN_S)
    async with asyncio.timeout(AGAIN_WITHIN_S):
        while (await shop.ready()).get("store_out_of_reach_s") != 0:
            pass
    assert (await shop.put("after", canary_photo(), price=4)).status_code == 200
    for product_id, price in (("before", 1), ("doomed", None), ("refused", None), ("after", 4)):
        await shop.everywhere(product_id, price)
    for product_id in ("before", "after"):
        assert (await shop.delete(product_id)).status_code == 200


async def refused_and_answered_while_away(service: LocalService, shop: Shop) -> None:
    """Until a shard says that it has missed the store for ten seconds, with one killed."""
    for reply in (
        await shop.put("refused", canary_photo(), price=3),
        await shop.delete("before"),
    ):
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "unavailable")
    async with asked_meanwhile(lambda: shop.price("before")), asyncio.timeout(AGAIN_WITHIN_S):
        while (await shop.ready()).get("store_out_of_reach_s", 0) < AWAY_S:
            assert (await shop.best(canary_photo())) is not None
    for process in replicas_of(service, "shard-1"):
        process.kill()
