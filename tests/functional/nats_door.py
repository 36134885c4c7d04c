"""The NATS door over stages that run in this process: a real server, a real worker."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain, repeat
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

from deployments.canary import canary_photo
from deployments.nats_server import NatsServer
from deployments.settings import GatewayArgs
from lookalike.access.gate import Gate
from lookalike.admission import StagesDown
from lookalike.contract import subjects
from lookalike.recommender import Recommender
from lookalike.telemetry.door import Door
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, manifest
from worker.connection import NatsWorker
from worker.connection import worker_over as connected_over
from worker.endpoints import Backend
from worker.jobs.desk import JobDesk
from worker.local_backend import LocalBackend
from worker.service import Readiness
from worker.settings import NatsArgs


def fakes_over(segmenter: FakeSegmenter) -> tuple[Recommender, LocalBackend]:
    """A recommender over fakes, and the backend that it makes; changes are refused."""
    recommender = Recommender(segmenter, FakeEncoder(), colour_shards(), manifest())
    return recommender, LocalBackend(recommender, GatewayArgs())


@asynccontextmanager
async def worker_over(
    segmenter: FakeSegmenter, server: NatsServer, gate: Gate | None = None, **args: Any
) -> AsyncIterator[NatsWorker]:
    """A worker over fakes that serves; it has drained afterwards."""
    recommender, backend = fakes_over(segmenter)
    async with serving(recommender, backend, NatsArgs(url=server.url, **args), gate) as worker:
        yield worker


@asynccontextmanager
async def serving(
    recommender: Recommender,
    backend: Backend,
    args: NatsArgs,
    gate: Gate | None = None,
    door: Door | None = None,
    job_door: Door | None = None,
    desk: JobDesk | None = None,
    ready: Readiness | None = None,
    stands: bool = True,
    stages_down: StagesDown | None = None,
) -> AsyncIterator[NatsWorker]:
    """A worker over any backend that serves; it has drained afterwards.

    `stands`: as it starts the service does, whatever `ready` says afterwards.
    """
    asked = ready or (lambda: recommender.ready(canary_photo()))
    worker = connected_over(
        args,
        backend=lambda _deadline_s, _key: backend,
        ready=_standing_first(asked) if stands else asked,
        stages_down=stages_down,
        door=door,
        job_door=job_door,
        desk=desk,
        gate=gate,
    )
    running = asyncio.create_task(worker.run())
    try:
        await worker.serving()
        yield worker
    finally:
        worker.stop()
        await running


def _standing_first(ready: Readiness) -> Readiness:
    sound, _ = fakes_over(FakeSegmenter())
    asked = chain([lambda: sound.ready(canary_photo())], repeat(ready))
    return lambda: next(asked)()


@asynccontextmanager
async def worker_outside(
    http_url: str, server: NatsServer, *options: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m worker` in a process of its own, once it serves; it has ended afterwards."""
    worker = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "worker", "--http-url", http_url, "--nats-url", server.url),
        *options,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert worker.stderr is not None
        while b"at your service" not in (line := await worker.stderr.readline()):
            assert line, "it ended before it served"
        yield worker
    finally:
        if worker.returncode is None:
            worker.kill()
        await worker.communicate()  # not only `wait`: its pipe may be full


async def nobody_listens(client: Client) -> None:
    """Wait until the server has heard that the last worker takes nothing more."""
    with contextlib.suppress(NoRespondersError):
        while True:
            with contextlib.suppress(NatsTimeoutError):  # asked as the last one left
                await client.request("$SRV.PING", timeout=1)


@asynccontextmanager
async def plain_client(server: NatsServer) -> AsyncIterator[Client]:
    """A NATS client that knows nothing of ours."""
    client = await nats.connect(server.url)
    try:
        yield client
    finally:
        await client.close()


async def everybody(client: Client, subject: str, members: int) -> list[Msg]:
    """The answers of that many to one request, as discovery collects them."""
    inbox = client.new_inbox()
    answers = await client.subscribe(inbox)
    await client.publish(subject, b"", reply=inbox)
    found = [await answers.next_msg(5) for _ in range(members)]
    await answers.unsubscribe()
    return found


def status_of(message: Msg) -> str | None:
    """The error code of an answer, None of a success."""
    return (message.headers or {}).get(subjects.ERROR_CODE_HEADER)
