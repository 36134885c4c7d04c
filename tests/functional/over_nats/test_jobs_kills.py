"""Durable jobs through the sudden death of what carries them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import http_service
from tests.functional.jobs_door import QUICK, ask, ends_heard_by
from tests.functional.nats_door import plain_client, status_of, worker_over
from tests.nats_servers import nats_server

SUBMITTERS = 4
ENOUGH = 150
"""Acknowledged jobs before the server is killed, and again after it is back."""


class Submitters:
    """Hand in jobs one after the other, and remember the acknowledged ones."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.acknowledged: list[str] = []
        self.in_doubt = 0
        self.enough = False
        self._one_more = asyncio.Event()

    async def run(self, name: str) -> None:
        """Hand in until it is enough; what is not answered is not counted, and not sent again.

        Not until cancelled: `asyncio.wait_for`, by which the client waits for an answer, may lose
        a cancellation that comes together with one.
        """
        number = 0
        while not self.enough:
            number += 1
            job_id = f"{name}-{number}"
            headers = {"Lookalike-Job": job_id}
            try:
                answer = await self._client.request(
                    "lookalike.v1.jobs.submit", jpeg(), timeout=1, headers=headers
                )
            except NatsError:
                self.in_doubt += 1
                continue
            if status_of(answer) is None:
                self.acknowledged.append(job_id)
                self._one_more.set()

    async def more(self, jobs: int) -> None:
        """Wait until that many more are acknowledged."""
        wanted = len(self.acknowledged) + jobs
        async with asyncio.timeout(60):
            while len(self.acknowledged) < wanted:
                self._one_more.clear()
                await self._one_more.wait()


async def ended(client: Client, job_id: str) -> dict[str, Any]:
    """A job's last word; asks until there is one."""
    async with asyncio.timeout(60):
        while (told := await ask(client, "get", job_id.encode()))["status"] in (
            "queued",
            "running",
        ):
            pass
    return told


async def test_no_acknowledged_job_is_lost_when_the_server_is_killed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with nats_server(tmp_path) as server:
        async with (
            worker_over(FakeSegmenter(), server, jobs=QUICK),
            worker_over(FakeSegmenter(), server, jobs=QUICK),
            plain_client(server) as client,
        ):
            published: list[Msg] = []

            async def hear(message: Msg) -> None:
                published.append(message)

            await client.subscribe("lookalike.v1.jobs.*.done", cb=hear)
            load = Submitters(client)
            async with asyncio.TaskGroup() as group:
                for number in range(SUBMITTERS):
                    group.create_task(load.run(f"submitter-{number}"))
                await load.more(ENOUGH)
                server.kill()
                await asyncio.to_thread(server.keep_alive)
                await load.more(ENOUGH)
                load.enough = True
            ends = {job_id: await ended(client, job_id) for job_id in load.acknowledged}
            heard = [json.loads(message.data) for message in published]
    with capsys.disabled():
        print(f"\nnats-server killed: {len(ends)} jobs acknowledged, {load.in_doubt} in doubt,")
        print(f"{Counter(end['status'] for end in ends.values())}, {len(heard)} ends heard")
    assert {end["status"] for end in ends.values()} == {"done"}
    assert heard
    assert len({end["id"] for end in heard}) == len(heard), "an end is published once"
    assert all(end == ends.get(end["id"], end) for end in heard)


async def test_a_killed_workers_job_is_taken_over_by_another(tmp_path: Path) -> None:
    go = asyncio.Event()
    stuck, next_one = FakeSegmenter(takes=go, canaries=1), FakeSegmenter()
    with nats_server(tmp_path) as server:
        async with (
            http_service(stuck, tmp_path) as url,
            plain_client(server) as client,
            ends_heard_by(client) as ends,
        ):
            victim = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "worker", "--http-url", url, "--nats-url", server.url),
                stderr=asyncio.subprocess.DEVNULL,
            )
            await submitted(client, "taken-over")
            await stuck.entered.get()
            victim.kill()
            await victim.wait()
            one_at_once = QUICK.model_copy(update={"in_flight": 1})  # not given it a third time
            async with worker_over(next_one, server, jobs=one_at_once):
                (end,) = await ends.of("taken-over")
            go.set()
    assert (end["status"], end["deliveries"]) == ("done", 2)


async def submitted(client: Client, job_id: str) -> None:
    """Hand a job in as soon as a worker is there."""
    while True:
        with contextlib.suppress(NoRespondersError):
            await ask(client, "submit", jpeg(), Job=job_id)
            return
