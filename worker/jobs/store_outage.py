"""Waiting for the store of jobs: what a job costs to compute is not lost because it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from nats.errors import (
    ConnectionClosedError,
    ConnectionReconnectingError,
    NoRespondersError,
    OutboundBufferLimitError,
    StaleConnectionError,
)
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import NoStreamResponseError, ServerError, ServiceUnavailableError

from worker.jobs.desk import JobDesk
from worker.jobs.stopping import Stopping

_AWAY: Final = (
    ConnectionClosedError,
    ConnectionReconnectingError,
    NatsTimeoutError,
    NoRespondersError,
    NoStreamResponseError,
    OutboundBufferLimitError,
    ServerError,
    ServiceUnavailableError,
    StaleConnectionError,
)
"""What says nothing about the job; any other error may be one of what is to be stored."""
_AGAIN_S: Final = 1.0
_log = logging.getLogger(__name__)

T = TypeVar("T")


class StoreOutages:
    """Has the steps of jobs that the store does not take done again, until the worker stops."""

    def __init__(self, desk: JobDesk, stopping: Stopping) -> None:
        """`desk` is told while a step waits."""
        self._desk = desk
        self._stopping = stopping

    async def once_it_answers(
        self, job_id: str, step: Callable[[], Awaitable[T]], mend: Callable[[], Awaitable[object]]
    ) -> T:
        """What `step` returns, done again until the store of jobs takes it.

        `mend` is called in between: who comes back with an empty store needs its streams again.
        Raises: nats.errors.Error that another time would not mend, or any once the worker stops:
            then the job is another one's.
        """
        try:
            return await step()
        except _AWAY as away:
            _log.warning(
                "%s waits until the store of jobs takes it: %s: %s",
                job_id,
                type(away).__name__,
                away,
            )
            with self._desk.told_of_an_outage():
                done = await self._stopping.unless(_again(step, mend))
            if done is None:
                raise
            (answer,) = done
            return answer


async def _again(
    step: Callable[[], Awaitable[T]], mend: Callable[[], Awaitable[object]]
) -> tuple[T]:
    while True:
        await asyncio.sleep(_AGAIN_S)
        try:
            await mend()
        except NatsError as still:
            _log.debug("the store of jobs: %s", still)
        with suppress(*_AWAY):
            return (await step(),)
