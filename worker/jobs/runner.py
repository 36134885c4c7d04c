"""Takes jobs from the queue for as long as a worker's connection stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from logging import DEBUG, WARNING
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext

from lookalike.contract.errors import (
    DeadlineError,
    ForbiddenError,
    LookalikeError,
    UnauthorizedError,
    UnavailableError,
)
from lookalike.telemetry.door import Door
from lookalike.vision.images import ImageLimits
from worker.endpoints import Backend
from worker.jobs.delivery import JobWorker
from worker.jobs.desk import JobDesk
from worker.jobs.outage import ServiceWatch
from worker.jobs.stopping import Stopping
from worker.jobs.storage import JobStorage, open_storage
from worker.jobs.store_outage import StoreOutages
from worker.jobs.streams import CONSUMER, QUEUE_STREAM
from worker.settings import JobArgs

_ASK_AGAIN_S: Final = 3.0
"""A request for a job that a restart of the server swallowed is made anew after so long."""
_CONNECTED_AGAIN_S: Final = 0.1
_OPEN_AGAIN_S: Final = 2.0
_NOT_LET_IN_S: Final = 10.0
_A_KEY_IS_NEEDED: Final = (
    "where it asks for a key, give one with the scope read, by --api-key or LOOKALIKE_API_KEY"
)
_log = logging.getLogger(__name__)


class JobRunner:
    """Works at up to `args.in_flight` jobs at once, each lane with its own pull requests."""

    def __init__(
        self,
        args: JobArgs,
        backend: Callable[[float], Backend],
        ready: Callable[[], Awaitable[object]],
        desk: JobDesk,
        limits: ImageLimits | None = None,
        door: Door | None = None,
    ) -> None:
        self._args = args
        self._backend = backend
        self._desk = desk
        self._service = ServiceWatch(ready, args.deadline_s)
        self._stopping = Stopping()
        self._worker = JobWorker(
            args,
            backend,
            self._service,
            limits or ImageLimits(),
            door or Door("jobs"),
            StoreOutages(desk, self._stopping),
        )
        self._last_problem = ""
        self._has_worked = False

    @property
    def store_answers(self) -> bool:
        """As the desk says."""
        return self._desk.store_answers

    async def open(self, connection: Client) -> JobStorage | None:
        """Make the storage where it is not there; None where the server has none for now."""
        try:
            storage = await open_storage(connection, self._args.ack_wait_s)
        except NatsError as error:
            told = str(error)
            _log.log(DEBUG if told == self._last_problem else WARNING, "no durable jobs: %s", told)
            self._last_problem = told
            return None
        self._desk.open(storage)
        return storage

    async def run(self, connection: Client, storage: JobStorage | None) -> None:
        """Work until `stop`, or until it is cancelled; jobs at work then go back to the queue.

        `storage` is what `open` gave; where it is None, or goes, it is opened again and again.
        """
        storage = storage or await self._once_open(connection)
        if storage is not None:
            await self._work(connection, storage)

    async def stop(self, running: asyncio.Task[None]) -> None:
        """Take nothing more; what `run` has at work may end, and goes back if it takes too long."""
        self._stopping.tell()
        await asyncio.wait([running], timeout=self._args.drain_timeout_s)
        running.cancel()
        await asyncio.wait([running])

    async def _once_open(self, connection: Client) -> JobStorage | None:
        """The storage, opened again and again until it is there; None once this is to stop."""
        storage = None
        while storage is None:
            await self._stopping.pause(_OPEN_AGAIN_S)
            if self._stopping.is_told:
                return None
            storage = await self.open(connection)
        return storage

    async def _work(self, connection: Client, storage: JobStorage) -> None:
        if not self._args.in_flight:
            await self._stopping.wait()
        await self._until_let_in()
        if not self._has_worked:
            # Stages may still be starting. A job that is taken now, and goes back as they fail or
            # this ends, has been delivered once more for nothing: five such starts would bury it.
            await self._stopping.unless(self._service.until_up())
        self._has_worked = True
        async with asyncio.TaskGroup() as lanes:
            for _ in range(self._args.in_flight):
                lanes.create_task(self._lane(connection, storage))

    async def _lane(self, connection: Client, storage: JobStorage) -> None:
        """Take jobs until `stop`; a queue that goes ends this lane's requests alone.

        What another lane has at work may still be stored: it waits for that by itself.
        """
        opened: JobStorage | None = storage
        while opened is not None:
            try:
                await self._take_jobs(connection, opened)
            except NatsError as problem:
                _log.warning("jobs: %s", problem)
            opened = await self._once_open(connection)

    async def _take_jobs(self, connection: Client, storage: JobStorage) -> None:
        """One job after the other; while the service is down none is spent on finding that out.

        Raises: nats.errors.Error where none can be asked for.
        """
        requests = await connection.jetstream().pull_subscribe_bind(
            consumer=CONSUMER, stream=QUEUE_STREAM
        )
        try:
            while not self._stopping.is_told:
                if not connection.is_connected:
                    # Requests made now would wait, and all be sent at once: a lane would be given
                    # more jobs than it can work at before the server takes them for lost.
                    await self._stopping.pause(_CONNECTED_AGAIN_S)
                    continue
                message = await self._stopping.unless(_next(requests))
                if message is None:
                    continue
                problem = await self._worker.work(storage, message)
                if isinstance(problem, UnavailableError | DeadlineError):
                    await self._stopping.unless(self._service.until_up())
                elif isinstance(problem, UnauthorizedError | ForbiddenError):
                    await self._until_let_in()
        finally:
            with contextlib.suppress(NatsError):
                await requests.unsubscribe()

    async def _until_let_in(self) -> None:
        """Take no job that would be tried in vain: another worker may have a better key."""
        told = False
        while not self._stopping.is_told:
            try:
                await self._backend(self._args.deadline_s).let_in()
            except (UnauthorizedError, ForbiddenError) as refused:
                if not told:
                    _log.error(
                        "no job is taken, as the service lets this worker do none: %s; %s",
                        refused,
                        _A_KEY_IS_NEEDED,
                    )
                told = True
            except LookalikeError:  # nobody can say for now: jobs wait for the service
                return
            else:
                return
            await self._stopping.pause(_NOT_LET_IN_S)


async def _next(requests: JetStreamContext.PullSubscription) -> Msg | None:
    """The next job, None where there is none for a while."""
    try:
        (message,) = await requests.fetch(1, timeout=_ASK_AGAIN_S)
    except NatsTimeoutError:
        return None
    return message
