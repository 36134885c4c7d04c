"""A worker says that it took a request; a client notices when that worker is gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deployments.nats_server import NatsServer
from lookalike.client import nats_taken
from lookalike.client.nats import NatsSearchClient
from lookalike.contract import subjects
from lookalike.contract.errors import UnavailableError
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import http_service
from tests.functional.nats_door import (
    everybody,
    nobody_listens,
    plain_client,
    status_of,
    worker_outside,
    worker_over,
)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nats_taken, "LOOK_EVERY_S", 0.02)


async def test_what_a_killed_worker_had_taken_is_answered_by_another_one(
    server: NatsServer, tmp_path: Path
) -> None:
    never = asyncio.Event()
    held = FakeSegmenter(takes=never, canaries=1)
    async with http_service(held, tmp_path) as url, NatsSearchClient(server.url) as client:
        async with worker_outside(url, server) as first:
            asked = asyncio.create_task(client.within(30).recommend(jpeg()))
            await held.entered.get()
            first.kill()
        async with worker_over(FakeSegmenter(), server):
            assert len((await asked).hits) > 0
        never.set()  # what it had asked over HTTP; nobody waits for that


@asynccontextmanager
async def worker_that_goes(server: NatsServer, subject: str) -> AsyncIterator[list[Msg]]:
    """One that takes requests and is gone each time; what it took."""
    taken: list[Msg] = []
    async with plain_client(server) as worker:

        async def take(message: Msg) -> None:
            taken.append(message)
            await worker.publish((message.headers or {})[subjects.TAKEN_HEADER], b"gone")

        await worker.subscribe(subject, cb=take)
        await worker.flush()
        yield taken


async def test_what_ended_two_workers_is_given_to_no_third(
    server: NatsServer, client: Client
) -> None:
    async with (
        worker_that_goes(server, subjects.PRODUCTS_GET) as taken,
        NatsSearchClient(server.url, deadline_s=30) as asker,
    ):
        with pytest.raises(UnavailableError, match="workers that took it are gone"):
            await asker.product("p-03")
    assert len(taken) == 2


async def test_a_change_that_a_lost_worker_had_taken_is_not_made_twice(
    server: NatsServer, client: Client
) -> None:
    async with (
        worker_that_goes(server, subjects.PRODUCTS_DELETE) as taken,
        NatsSearchClient(server.url, deadline_s=30) as asker,
    ):
        with pytest.raises(UnavailableError, match=r"is gone.*may or may not be stored"):
            await asker.delete_product("p-03")
    assert len(taken) == 1


async def test_a_worker_that_stops_is_waited_for(server: NatsServer, client: Client) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with (
        NatsSearchClient(server.url, deadline_s=30) as asker,
        worker_over(segmenter, server) as worker,
    ):
        looks = await client.subscribe(subjects.presence("*"))
        await client.flush()
        asked = asyncio.create_task(asker.recommend(jpeg()))
        await segmenter.entered.get()
        await looks.next_msg(10)  # the client looks whether the worker is there
        worker.stop()
        await looks.unsubscribe()
        await nobody_listens(client)
        done, _ = await asyncio.wait([asked], timeout=20 * nats_taken.LOOK_EVERY_S)
        assert not done, "the client took the worker for lost"
        go.set()
        assert len((await asked).hits) > 0
    assert segmenter.calls == 1


async def test_a_worker_says_by_the_id_under_which_it_is_found(
    server: NatsServer, client: Client
) -> None:
    async with worker_over(FakeSegmenter(), server):
        inbox = client.new_inbox()
        notices = await client.subscribe(inbox)
        headers = {subjects.TAKEN_HEADER: inbox}
        reply = await client.request(
            "lookalike.v1.products.get", b"p-03", headers=headers, timeout=20
        )
        assert status_of(reply) is None
        worker = (await notices.next_msg(5)).data.decode()
        there = await client.request(subjects.presence(worker), timeout=5)
    assert json.loads(there.data)["id"] == worker


@pytest.mark.parametrize("subject", ["lookalike.v1.products.delete", "_INBOX.>", "x" * 3000])
async def test_a_worker_says_it_to_an_inbox_alone(
    server: NatsServer, client: Client, subject: str
) -> None:
    async with worker_over(FakeSegmenter(), server), plain_client(server) as asker:
        (found,) = await everybody(client, f"$SRV.PING.{subjects.SERVICE}", 1)
        heard = await client.subscribe(">")
        await client.flush()
        headers = {subjects.TAKEN_HEADER: subject}
        reply = await asker.request(
            "lookalike.v1.products.get", b"p-03", headers=headers, timeout=20
        )
        assert status_of(reply) is None
        until_answered = [await heard.next_msg(5)]
        while until_answered[-1].data != reply.data:
            until_answered.append(await heard.next_msg(5))
    worker = json.loads(found.data)["id"].encode()
    assert worker not in [message.data for message in until_answered]
