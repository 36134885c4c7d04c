"""A worker that stops answers what it took, be that many questions to JetStream away."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import FlushTimeoutError

from deployments.canary import canary_photo
from deployments.nats_server import NatsServer
from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope
from lookalike.contract.jobs import SubmitReply
from lookalike.contract.subjects import PHOTO_BUCKET
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import ask
from tests.functional.nats_door import (
    fakes_over,
    nobody_listens,
    serving,
    status_of,
    worker_over,
)
from worker.jobs.desk import JobDesk
from worker.jobs.messages import Submission
from worker.service import NatsService
from worker.settings import NatsArgs


class HeldDesk(JobDesk):
    """Stores a job once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.go = asyncio.Event(), asyncio.Event()

    async def submit(self, sent: Submission, request_id: str) -> SubmitReply:
        self.entered.set()
        await self.go.wait()
        return await super().submit(sent, request_id)


class HeldGate(Gate):
    """Lets everybody in once it may."""

    def __init__(self, folder: Path) -> None:
        super().__init__(AccessRules(), KeyRing(folder / "keys.json"))
        self.entered, self.go = asyncio.Event(), asyncio.Event()

    async def admit(self, sent: str | None, address: str | None, scope: Scope) -> None:
        self.entered.set()
        await self.go.wait()


class UnansweredClient(Client):
    """One whose server answers no ping once it is `away`."""

    away = False

    async def flush(self, timeout: int = 10) -> None:  # noqa: ASYNC109, nats-py's
        if self.away:
            raise FlushTimeoutError
        await super().flush(timeout)


async def test_a_job_that_it_took_is_stored_and_answered(
    server: NatsServer, client: Client
) -> None:
    recommender, backend = fakes_over(FakeSegmenter())
    desk = HeldDesk()
    async with serving(recommender, backend, NatsArgs(url=server.url), desk=desk) as worker:
        asked = asyncio.create_task(ask(client, "submit", jpeg(), Job="look"))
        await desk.entered.wait()
        worker.stop()
        await nobody_listens(client)
        desk.go.set()
        assert (await asked)["new"]


async def test_a_photo_above_the_payload_limit_is_fetched_and_answered(
    server: NatsServer, client: Client, tmp_path: Path
) -> None:
    gate = HeldGate(tmp_path)
    async with worker_over(FakeSegmenter(), server, gate) as worker:
        bucket = await client.jetstream().object_store(PHOTO_BUCKET)
        await bucket.put("large", jpeg())
        asking = client.request(
            "lookalike.v1.recommend", timeout=30, headers={"Lookalike-Photo": "large"}
        )
        asked = asyncio.create_task(asking)
        await gate.entered.wait()
        worker.stop()
        await nobody_listens(client)
        gate.go.set()
        answer = await asked
    assert status_of(answer) is None
    assert json.loads(answer.data)["hits"]


async def test_what_waits_to_be_taken_up_is_answered_too(
    server: NatsServer, client: Client, tmp_path: Path
) -> None:
    gate = HeldGate(tmp_path)
    async with worker_over(FakeSegmenter(), server, gate) as worker:
        asked = [
            asyncio.create_task(client.request("lookalike.v1.classify", jpeg(), timeout=30))
            for _ in range(5)
        ]
        await gate.entered.wait()  # by the first; the others are behind it
        await client.request("$SRV.PING.lookalike", timeout=5)  # sent after them
        worker.stop()
        await nobody_listens(client)
        gate.go.set()
        answers = await asyncio.gather(*asked)
    assert [status_of(answer) for answer in answers] == [None] * 5


async def test_what_takes_too_long_is_given_up(
    server: NatsServer, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    segmenter = FakeSegmenter(takes=asyncio.Event())
    async with worker_over(segmenter, server, drain_timeout_s=0.05) as worker:
        await client.publish("lookalike.v1.classify", jpeg())
        await segmenter.entered.get()
        worker.stop()
    assert "0.05 s" in caplog.text


async def test_a_server_that_answers_no_more_is_told_as_that_and_not_as_requests_given_up(
    server: NatsServer, caplog: pytest.LogCaptureFixture
) -> None:
    recommender, backend = fakes_over(FakeSegmenter())
    service = NatsService(
        NatsArgs(url=server.url),
        lambda _deadline_s, _key: backend,
        lambda: recommender.ready(canary_photo()),
    )
    connection = UnansweredClient()
    await connection.connect(server.url)
    await service.start(connection)
    connection.away = True
    await service.drain()
    assert connection.is_closed
    assert caplog.messages == ["the stop is cut short: nats: flush timeout"]
