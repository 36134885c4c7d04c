"""How long a try of a job may take, at a worker outside of the service that does it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nats.aio.client import Client

from deployments.nats_server import NatsServer
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import http_service
from tests.functional.jobs_door import Ends, ask
from tests.functional.nats_door import worker_outside


async def test_a_service_that_takes_shorter_deadlines_alone_is_given_one(
    server: NatsServer, client: Client, ends: Ends, tmp_path: Path
) -> None:
    async with (
        http_service(FakeSegmenter(), tmp_path, max_deadline_s=30) as url,
        worker_outside(url, server) as worker,
    ):
        await ask(client, "submit", jpeg(), Job="look")
        (end,) = await ends.of("look")
        worker.terminate()
        _, log = await worker.communicate()
    assert (end["status"], end["deliveries"]) == ("done", 1)
    assert b"up to 30" in log
    assert b"--jobs-deadline-s" in log


async def test_the_deadline_is_an_option_of_the_worker(
    server: NatsServer, client: Client, ends: Ends, tmp_path: Path
) -> None:
    segmenter = FakeSegmenter(takes=asyncio.Event(), canaries=1)
    async with (
        http_service(segmenter, tmp_path) as url,
        worker_outside(url, server, "--jobs-deadline-s", "0.5") as worker,
    ):
        await ask(client, "submit", jpeg(), Job="look")
        assert worker.stderr is not None
        async with asyncio.timeout(30):
            while b"no answer within 0.5 s" not in (line := await worker.stderr.readline()):
                assert line
        assert segmenter.takes is not None
        segmenter.takes.set()
        (end,) = await ends.of("look")
    assert end["status"] == "done"
