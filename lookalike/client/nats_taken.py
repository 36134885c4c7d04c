"""Who took a request, and whether that worker is still there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError

from lookalike.contract.subjects import presence

LOOK_EVERY_S: Final = 0.5
"""A request that is answered sooner costs nobody a look."""
_LOOK_TIMEOUT_S: Final = 2.0


class WorkerGoneError(Exception):
    """The worker that took a request is not there any more."""


class Taken:
    """What is known of one request; `subject` is where its worker says that it took it."""

    def __init__(self, connection: Client, subject: str) -> None:
        self.subject = subject
        self._connection = connection
        self._worker = ""

    def said(self, worker: str) -> None:
        """That worker has the request; "": it can't be asked any more, but answers."""
        self._worker = worker

    async def gone(self) -> None:
        """Returns once the worker is gone, or never."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            worker = self._worker
            if worker and await self._is_missed(worker) and worker == self._worker:
                return

    async def _is_missed(self, worker: str) -> bool:
        try:
            await self._connection.request(presence(worker), timeout=_LOOK_TIMEOUT_S)
        except NoRespondersError:
            return True
        except NatsError:  # too busy to say so, or the server is away
            pass
        return False


class TakenBy:
    """All requests of one client: a single subscription on each connection."""

    def __init__(self) -> None:
        self._connection: Client | None = None
        self._inbox = ""
        self._subscribing = asyncio.Lock()
        self._open: dict[str, Taken] = {}
        self._next = 0

    @asynccontextmanager
    async def one(self, connection: Client) -> AsyncIterator[Taken]:
        """Around one request on that connection."""
        async with self._subscribing:
            if connection is not self._connection:
                inbox = connection.new_inbox()
                await connection.subscribe(f"{inbox}.*", cb=self._on_said)
                self._connection, self._inbox = connection, inbox
        self._next += 1
        taken = Taken(connection, f"{self._inbox}.{self._next}")
        self._open[taken.subject] = taken
        try:
            yield taken
        finally:
            del self._open[taken.subject]

    async def _on_said(self, message: Msg) -> None:
        taken = self._open.get(message.subject)
        if taken is not None:
            taken.said(message.data.decode("ascii", "replace"))
