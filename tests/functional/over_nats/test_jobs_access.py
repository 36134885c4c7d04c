"""Durable jobs of a service that asks for keys, at a worker outside of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.nats_server import NatsServer
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, new_key
from lookalike.client.http import HttpSearchClient
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import OverloadedError, UnauthorizedError, UnavailableError
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import http_service
from tests.functional.jobs_door import PATIENT
from tests.functional.nats_door import fakes_over
from tests.nats_servers import nats_server
from worker.connection import worker_over
from worker.http_backend import HttpBackend
from worker.let_in import LetInLately
from worker.settings import NatsArgs


@asynccontextmanager
async def outside_worker(
    http_url: str, server: NatsServer, own_key: str | None
) -> AsyncIterator[None]:
    """As `python -m worker` runs one."""
    async with HttpSearchClient(http_url) as client:
        lately = LetInLately()
        worker = worker_over(
            NatsArgs(url=server.url, jobs=PATIENT),
            lambda deadline_s, key: HttpBackend(
                client.within(deadline_s).with_key(key), key, lately
            ),
            client.ready,
            own_key=own_key,
        )
        running = asyncio.create_task(worker.run())
        await worker.serving()
        try:
            yield
        finally:
            worker.stop()
            await running


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Gate, str, str]:
    """A gate that asks for keys, and two that it lets in."""
    file = KeyFile(tmp_path / "keys.json")
    keys = []
    for _ in range(2):
        key, stored = new_key("test", [Scope.READ])
        file.add(stored)
        keys.append(key)
    return Gate(AccessRules(frozenset(Scope)), KeyRing(file.path)), keys[0], keys[1]


async def test_callers_need_a_key_and_the_worker_asks_with_its_own(
    tmp_path: Path, keys: tuple[Gate, str, str]
) -> None:
    gate, callers, workers = keys
    with nats_server(tmp_path) as server:
        async with (
            http_service(FakeSegmenter(), tmp_path, gate=gate) as url,
            outside_worker(url, server, workers),
            NatsJobsClient(server.url, api_key=callers) as client,
            NatsJobsClient(server.url) as stranger,
            NatsJobsClient(server.url, api_key="made-up") as impostor,
        ):
            await client.submit(jpeg(), job_id="look")
            (end,) = [reply async for reply in client.ends(["look"])]
            for unknown in (stranger, impostor):
                with pytest.raises(UnauthorizedError):
                    await unknown.submit(jpeg(), job_id="another")
                with pytest.raises(UnauthorizedError):
                    await unknown.job("look")
                with pytest.raises(UnauthorizedError):
                    await unknown.cancel("look")
    assert end.status == "done"


async def test_a_worker_that_is_not_let_in_leaves_jobs_to_others(
    tmp_path: Path, keys: tuple[Gate, str, str], caplog: pytest.LogCaptureFixture
) -> None:
    gate, callers, workers = keys
    with nats_server(tmp_path) as server:
        async with (
            http_service(FakeSegmenter(), tmp_path, gate=gate) as url,
            outside_worker(url, server, None),
            NatsJobsClient(server.url, api_key=callers) as client,
        ):
            await client.submit(jpeg(), job_id="look")
            assert (await client.job("look")).status == "queued"
            async with outside_worker(url, server, workers):
                (end,) = [reply async for reply in client.ends(["look"])]
    assert (end.status, end.deliveries) == ("done", 1)
    assert "LOOKALIKE_API_KEY" in caplog.text


async def test_jobs_are_handed_in_while_the_door_is_full(
    tmp_path: Path, keys: tuple[Gate, str, str]
) -> None:
    gate, callers, _ = keys
    segmenter = FakeSegmenter(takes=asyncio.Event())
    recommender, _ = fakes_over(segmenter)
    routes = HttpApi(recommender, ImageFolder(tmp_path), GatewayArgs(max_in_flight=1), gate=gate)
    transport = httpx.ASGITransport(build_api(routes))
    async with HttpSearchClient("http://test", api_key=callers, transport=transport) as client:
        asking = asyncio.create_task(client.classify(jpeg()))
        await segmenter.entered.get()
        with pytest.raises(OverloadedError):
            await client.product("p-03")
        await HttpBackend(client, callers).let_in()
        with pytest.raises(UnauthorizedError):
            await HttpBackend(client.with_key("made-up"), "made-up").let_in()
        asking.cancel()
        await asyncio.wait([asking])


async def test_jobs_are_handed_in_while_the_door_is_away_by_whom_it_let_in(
    tmp_path: Path, keys: tuple[Gate, str, str]
) -> None:
    gate, callers, workers = keys
    with nats_server(tmp_path) as server:
        async with AsyncExitStack() as door:
            url = await door.enter_async_context(http_service(FakeSegmenter(), tmp_path, gate=gate))
            async with (
                outside_worker(url, server, workers),
                NatsJobsClient(server.url, api_key=callers) as client,
                NatsJobsClient(server.url) as stranger,
            ):
                await client.submit(jpeg(), job_id="before")
                await door.aclose()
                assert (await client.submit(jpeg(), job_id="meanwhile")).new
                with pytest.raises(UnavailableError):
                    await stranger.submit(jpeg(), job_id="another")
                with pytest.raises(UnavailableError):
                    await stranger.job("before")
