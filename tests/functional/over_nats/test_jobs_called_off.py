"""Durable jobs that whoever handed them in calls off."""

from __future__ import annotations

import asyncio

from nats.aio.client import Client

from deployments.nats_server import NatsServer
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT, QUICK, Ends, ask
from tests.functional.nats_door import worker_over


async def test_a_job_that_is_called_off_is_never_answered(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    one_at_once = PATIENT.model_copy(update={"in_flight": 1})
    async with worker_over(segmenter, server, jobs=one_at_once):
        await ask(client, "submit", jpeg(), Job="at-work")
        await segmenter.entered.get()
        await ask(client, "submit", jpeg(), Job="waits")
        for job_id, status in (("at-work", "running"), ("waits", "queued")):
            assert (await ask(client, "get", job_id.encode()))["status"] == status
            assert (await ask(client, "cancel", job_id.encode()))["status"] == "cancelled"
        go.set()
        await ask(client, "submit", jpeg(), Job="after")
        at_work, waits, after = await ends.of("at-work", "waits", "after")
        assert [end["status"] for end in (at_work, waits, after)] == ["cancelled"] * 2 + ["done"]
        assert (await ask(client, "submit", jpeg(), Job="waits"))["status"] == "cancelled"
        assert (await ask(client, "cancel", b"after"))["status"] == "done"
        assert (await ask(client, "get", b"at-work"))["status"] == "cancelled"
    assert segmenter.calls == 2


async def test_a_job_that_is_called_off_gives_its_lane_back_before_its_try_ends(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=QUICK.model_copy(update={"in_flight": 1})):
        await ask(client, "submit", jpeg(), Job="at-work")
        await segmenter.entered.get()
        await ask(client, "cancel", b"at-work")
        await ask(client, "submit", jpeg(), Job="after")
        async with asyncio.timeout(10):
            await segmenter.entered.get()
        go.set()
        at_work, after = await ends.of("at-work", "after")
    assert (at_work["status"], after["status"]) == ("cancelled", "done")
