"""A try at a job: the photo fetched, room waited for, and the service asked within the deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from nats.errors import Error as NatsError

from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    InternalError,
    LookalikeError,
    OverloadedError,
    UnavailableError,
)
from lookalike.contract.schemas import RecommendReply
from lookalike.telemetry.door import Door
from worker.endpoints import Backend
from worker.jobs.deadline import TryDeadline
from worker.jobs.outage import ServiceWatch
from worker.jobs.queue import Job

OUR_SIDE: Final = "something went wrong on our side"
_ROOM_AGAIN_S: Final = 0.5
_log = logging.getLogger(__name__)


class JobTries:
    """Asks the service about jobs, any number at once."""

    def __init__(
        self,
        deadline_s: float,
        backend: Callable[[float], Backend],
        service: ServiceWatch,
        door: Door,
    ) -> None:
        """`door` is told of each try, under the job's id."""
        self._deadline = TryDeadline(deadline_s)
        self._backend = backend
        self._service = service
        self._door = door

    async def answer(self, job: Job, fetch: Callable[[], Awaitable[bytes]]) -> RecommendReply:
        """A try, and one more where the service was down: an outage is no failure of the job.

        `fetch` gets its photo, for each of the two, within no deadline of the job's. Meanwhile
        nobody else is given the job. What brings the service down twice has failed for now.

        Raises:
            LookalikeError: the answer is a problem, for good or for now.
            NatsError: the store of jobs is away.
        """
        try:
            return await self._try(job, fetch)
        except (DeadlineError, UnavailableError) as problem:
            if await self._service.is_up():
                raise
            _log.warning("%s waits until the service is ready: %s", job.id, problem)
        await self._service.until_up()
        return await self._try(job, fetch)

    async def _try(self, job: Job, fetch: Callable[[], Awaitable[bytes]]) -> RecommendReply:
        with self._door.request(job.id, "recommend", job.traceparent) as opened:
            try:
                reply = await self._answer(await fetch(), job)
            except NatsError as error:  # goes on as it is: it is not the job that failed
                opened.failed(store_is_away(error))
                raise
            opened.answered_with(reply)
            return reply

    async def _answer(self, photo: bytes, job: Job) -> RecommendReply:
        try:
            return await self._answer_once_there_is_room(photo, job)
        except TimeoutError:
            raise DeadlineError(f"no answer within {self._deadline.seconds:g} s") from None
        except LookalikeError:
            raise
        except Exception:  # a job is answered whatever happens, as a request is
            _log.exception("job %s failed", job.id)
            raise InternalError(OUR_SIDE) from None

    async def _answer_once_there_is_room(self, photo: bytes, job: Job) -> RecommendReply:
        """Requests of people come first: a service that is full is no failure of the job.

        The deadline is for what was let in; room is waited for as long as it takes.
        """
        while True:
            deadline_s = self._deadline.seconds
            try:
                async with asyncio.timeout(deadline_s):
                    backend = self._backend(deadline_s)
                    return await backend.recommend(photo, job.params, job.id)
            except OverloadedError:
                await asyncio.sleep(_ROOM_AGAIN_S)
            except BadRequestError as refused:
                if not self._deadline.lowered_by(refused, deadline_s):
                    raise


def store_is_away(error: NatsError) -> UnavailableError:
    """What a trouble with the store of jobs is called."""
    return UnavailableError(f"the store of jobs: {type(error).__name__}: {error}")
