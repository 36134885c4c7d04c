"""Jobs over the plain protocol: handing in, asking after, and hearing of their ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from lookalike.contract.errors import UnavailableError
from lookalike.ports import Cutout
from lookalike.vision.crop import CropBoxPx
from tests.fakes import FakeSegmenter
from tests.functional.nats_door import status_of
from worker.settings import JobArgs

QUICK = JobArgs(ack_wait_s=0.6, back_off_s=(0.02, 0.04))
"""Of tests that wait until another one takes over, and let that happen any number of times."""
LIVELY = QUICK.model_copy(update={"ack_wait_s": 2.4})
"""Of tests that wait for signs of life, and in which a busy machine is to be late with none."""
PATIENT = QUICK.model_copy(update={"ack_wait_s": 10.0})
"""Of tests in which nobody takes over what a busy machine holds up."""
ENDS_WITHIN_S = 60.0
"""Each end comes after so long at most; a batch of hundreds takes seconds of a busy processor."""


async def ask(client: Client, what: str, payload: bytes, **headers: str) -> dict[str, Any]:
    """The body of an answer about jobs that is no error."""
    reply = await _request(client, what, payload, headers)
    assert status_of(reply) is None, reply.data
    body: dict[str, Any] = json.loads(reply.data)
    return body


async def refused(client: Client, what: str, payload: bytes, **headers: str) -> dict[str, Any]:
    """The error that is answered."""
    reply = await _request(client, what, payload, headers)
    assert status_of(reply) is not None, reply.data
    error: dict[str, Any] = json.loads(reply.data)["error"]
    return error


async def _request(client: Client, what: str, payload: bytes, headers: dict[str, str]) -> Msg:
    named = {f"Lookalike-{name}": value for name, value in headers.items()}
    return await client.request(f"lookalike.v1.jobs.{what}", payload, timeout=10, headers=named)


class Ends:
    """What is published when jobs end; a second end of one job fails the test."""

    def __init__(self, published: asyncio.Queue[Msg]) -> None:
        self._published = published
        self.seen: dict[str, dict[str, Any]] = {}

    async def of(self, *job_ids: str) -> list[dict[str, Any]]:
        """The ends of these jobs; waits for them."""
        while not set(job_ids) <= set(self.seen):
            async with asyncio.timeout(ENDS_WITHIN_S):
                message = await self._published.get()
            job_id = message.subject.split(".")[3]
            assert job_id not in self.seen, "an end is published once"
            self.seen[job_id] = json.loads(message.data)
        return [self.seen[job_id] for job_id in job_ids]


@asynccontextmanager
async def ends_heard_by(client: Client) -> AsyncIterator[Ends]:
    """All ends of jobs from now on."""
    published: asyncio.Queue[Msg] = asyncio.Queue()
    subscription = await client.subscribe("lookalike.v1.jobs.*.done", cb=published.put)
    await client.flush()
    yield Ends(published)
    await subscription.unsubscribe()


class PickySegmenter(FakeSegmenter):
    """Ends, on one photo, as if that had brought it down; any other photo is fine."""

    def __init__(self, poison: bytes, error: Exception | None = None) -> None:
        super().__init__()
        self._poison = poison
        self._error = error or UnavailableError("the segmenter is down; try again in a moment")

    async def cutout(self, photo: bytes, box: CropBoxPx) -> Cutout:
        if photo == self._poison:
            self.entered.put_nowait(None)
            raise self._error
        return await super().cutout(photo, box)
