"""A worker's connection to the server: made, kept, made anew, and given up in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError

from lookalike.access.gate import Gate
from lookalike.admission import StagesDown
from lookalike.client.nats_link import close_connection, open_connection
from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import without_login
from lookalike.telemetry.door import Door
from worker.endpoints import BackendFor
from worker.jobs.desk import JobDesk
from worker.jobs.runner import JobRunner
from worker.photo_bucket import PhotoBucket
from worker.service import NatsService, Readiness
from worker.settings import NatsArgs

_CONNECT_EVERY_S: Final = 0.25
_log = logging.getLogger(__name__)


class NatsWorker:
    """Keeps a service on the server, from `run` until `stop`.

    nats-py takes up a broken connection again by itself, with its subscriptions. Only where the
    server refuses us for good does it close the connection; then a new one is made here.
    """

    def __init__(self, args: NatsArgs, service: NatsService, jobs: JobRunner | None = None) -> None:
        """`jobs` None: it answers requests alone."""
        self._args = args
        self._service = service
        self._jobs = jobs
        self._stop = asyncio.Event()
        self._serving = asyncio.Event()
        self._connection: Client | None = None
        self._last_problem = ""

    async def run(self) -> None:
        """Serve until `stop`; a server that is away is waited for."""
        while not self._stop.is_set():
            closed, bucket = asyncio.Event(), PhotoBucket()
            connection = await self._connected(closed, bucket)
            if connection is None:
                return
            self._connection = connection
            try:
                async with bucket.kept(connection), self._jobs_on(connection) as ended:
                    await self._service.start(connection)
                    _log.info("at your service on %s", without_login(self._args.server))
                    self._serving.set()
                    await _either(closed, self._stop, ended)
            except NatsError as problem:  # it broke while the service was being set up
                await self._on_problem(problem)
                await close_connection(connection)
            if self._stop.is_set():
                await self._service.drain()

    @contextlib.asynccontextmanager
    async def _jobs_on(self, connection: Client) -> AsyncIterator[asyncio.Event]:
        """Work at jobs meanwhile; the event says that this has failed, which is raised at the end.

        Where the worker is to stop, jobs at work end while requests are still answered.
        """
        ended = asyncio.Event()
        if self._jobs is None:
            yield ended
            return
        storage = await self._jobs.open(connection)
        running = asyncio.create_task(self._jobs.run(connection, storage))
        running.add_done_callback(lambda _: ended.set())
        try:
            yield ended
        finally:
            if self._stop.is_set():
                await self._jobs.stop(running)
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    @property
    def is_connected(self) -> bool:
        """Whether its connection to the server stands."""
        return self._connection is not None and self._connection.is_connected

    @property
    def is_reached(self) -> bool:
        """Whether its connection stands, and the store of jobs there answers."""
        return self.is_connected and (self._jobs is None or self._jobs.store_answers)

    async def serving(self) -> None:
        """Wait until the service is on the server for the first time."""
        await self._serving.wait()

    def stop(self) -> None:
        """Have `run` answer what was accepted, and end."""
        self._stop.set()

    async def _connected(self, closed: asyncio.Event, bucket: PhotoBucket) -> Client | None:
        async def on_closed() -> None:
            closed.set()

        while not self._stop.is_set():
            try:
                return await open_connection(
                    self._args.server,
                    name="lookalike worker",
                    drain_timeout=self._args.drain_timeout_s,
                    error_cb=self._on_problem,
                    reconnected_cb=bucket.reconnected,
                    closed_cb=on_closed,
                )
            except UnavailableError as problem:
                await self._on_problem(problem)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_CONNECT_EVERY_S):
                    await self._stop.wait()
        return None

    async def _on_problem(self, problem: Exception) -> None:
        """A server that is away makes the same one four times a second: told once."""
        told = f"{type(problem).__name__}: {problem}"
        level = logging.DEBUG if told == self._last_problem else logging.WARNING
        self._last_problem = told
        _log.log(level, "NATS at %s: %s", without_login(self._args.server), told)


def worker_over(
    args: NatsArgs,
    backend: BackendFor,
    ready: Readiness,
    stages_down: StagesDown | None = None,
    *,
    door: Door | None = None,
    job_door: Door | None = None,
    desk: JobDesk | None = None,
    gate: Gate | None = None,
    own_key: str | None = None,
) -> NatsWorker:
    """A worker that answers requests and works at jobs, both by one backend.

    `door` is told of requests, `job_door` of each try of a job; `desk` is where jobs come in.
    Requests go to it with their callers' keys, jobs with the worker's own: no key is stored.
    """
    desk = desk or JobDesk()
    return NatsWorker(
        args,
        NatsService(args, backend, ready, stages_down, door=door, gate=gate, desk=desk),
        JobRunner(
            args.jobs, lambda deadline_s: backend(deadline_s, own_key), ready, desk, door=job_door
        ),
    )


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
