"""Durable jobs of a service that asks for keys, at a worker outside of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deployments.nats_server import NatsServer
from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, new_key
from lookalike.client.http import HttpSearchClient
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import UnauthorizedError
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import http_service
from tests.functional.jobs_door import QUICK
from tests.nats_servers import nats_server
from worker.connection import worker_over
from worker.http_backend import HttpBackend
from worker.settings import NatsArgs


@asynccontextmanager
async def outside_worker(http_url: str, server: NatsServer, own_key: str) -> AsyncIterator[None]:
    """As `python -m worker` runs one."""
    async with HttpSearchClient(http_url) as client:
        worker = worker_over(
            NatsArgs(url=server.url, jobs=QUICK),
            lambda deadline_s, key: HttpBackend(client.within(deadline_s).with_key(key)),
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


async def test_callers_need_a_key_and_the_worker_asks_with_its_own(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    keys = []
    for _ in range(2):
        key, stored = new_key("test", [Scope.READ])
        file.add(stored)
        keys.append(key)
    callers, workers = keys
    gate = Gate(AccessRules(frozenset(Scope)), KeyRing(file.path))
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
