"""The bucket of photos above the server's payload limit, kept on the server by a worker."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ObjectStoreConfig
from nats.js.errors import APIError

from lookalike.contract.subjects import PHOTO_BUCKET, PHOTO_TTL_S
from worker.jobs.streams import EXISTS_OTHERWISE

_BUCKET_BYTES: Final = 1 << 30
_OPEN_AGAIN_S: Final = 2.0
_log = logging.getLogger(__name__)


class PhotoBucket:
    """The bucket of one connection: made where there is none, and again where it is lost.

    A server that comes back may have lost its store. One without JetStream goes without a bucket.
    """

    def __init__(self) -> None:
        self._look = asyncio.Event()
        self._last_problem = ""

    async def reconnected(self) -> None:
        """The connection was lost, and stands again."""
        self._look.set()

    @contextlib.asynccontextmanager
    async def kept(self, connection: Client) -> AsyncIterator[None]:
        """Have it there meanwhile, if that can be."""
        await self._open(connection)
        keeping = asyncio.create_task(self._keep(connection))
        try:
            yield
        finally:
            keeping.cancel()

    async def _keep(self, connection: Client) -> None:
        while True:
            await self._look.wait()
            await asyncio.sleep(_OPEN_AGAIN_S if self._last_problem else 0)
            await self._open(connection)

    async def _open(self, connection: Client) -> None:
        self._look.clear()
        config = ObjectStoreConfig(ttl=PHOTO_TTL_S, max_bytes=_BUCKET_BYTES)
        told = ""
        try:
            await connection.jetstream().create_object_store(PHOTO_BUCKET, config)
        except NatsError as error:
            if not (isinstance(error, APIError) and error.err_code == EXISTS_OTHERWISE):
                told = str(error)
                self._look.set()
        if told:
            level = logging.DEBUG if told == self._last_problem else logging.WARNING
            _log.log(level, "no object store for large photos: %s", told)
        self._last_problem = told
