"""Waiting for the store of jobs: what a job costs to compute is not lost because it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
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


async def once_it_answers(
    job_id: str, step: Callable[[], Awaitable[T]], mend: Callable[[], Awaitable[object]]
) -> T:
    """What `step` returns, done again until the store of jobs takes it.

    `mend` is called in between: who comes back with an empty store needs its streams again.
    Raises: nats.errors.Error that another time would not mend.
    """
    told = False
    while True:
        try:
            return await step()
        except _AWAY as away:
            if not told:
                _log.warning(
                    "%s waits until the store of jobs takes it: %s: %s",
                    job_id,
                    type(away).__name__,
                    away,
                )
            told = True
        await asyncio.sleep(_AGAIN_S)
        try:
            await mend()
        except NatsError as still:
            _log.debug("the store of jobs: %s", still)
