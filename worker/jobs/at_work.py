"""Which jobs workers are at, told by the workers themselves and forgotten by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from worker.jobs.streams import AT_WORK_BUCKET, AT_WORK_PREFIX, AT_WORK_STREAM

_PATIENCE_S: Final = 1.0
"""A store that is away holds up neither a job nor the end of a worker that is to stop."""


class AtWork:
    """Notes of jobs at work, which end with the signs of life of the worker that wrote them.

    They are there to be looked at: nothing is decided by them, and where one can't be written, or
    not soon, the job is worked at without.
    """

    def __init__(self, jetstream: JetStreamContext) -> None:
        self._bucket = KeyValue(
            AT_WORK_BUCKET, AT_WORK_STREAM, f"{AT_WORK_PREFIX}.", jetstream, direct=False
        )

    async def note(self, job_id: str, delivery: int) -> None:
        """A worker is at a job, delivered for the `delivery`th time; said again as it goes on."""
        with suppress(NatsError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._bucket.put(job_id, str(delivery).encode())

    async def drop(self, job_id: str) -> None:
        """No worker is at it any more."""
        with suppress(NatsError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._bucket.delete(job_id)

    async def delivery(self, job_id: str) -> int | None:
        """For the how-manieth time a job is at work, None where none is at it.

        Raises: nats.errors.Error.
        """
        try:
            return int((await self._bucket.get(job_id)).value or b"0")
        except KeyNotFoundError:
            return None
