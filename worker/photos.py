"""Photos above the server's payload limit: they lie in an object store, a request names them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
from collections.abc import AsyncIterator
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import ObjectStoreConfig
from nats.js.errors import APIError
from nats.js.errors import NotFoundError as NoSuchObjectError

from lookalike.contract.errors import BadRequestError, ImageTooLargeError, UnavailableError
from lookalike.contract.subjects import PHOTO_BUCKET, PHOTO_HEADER, PHOTO_TTL_S
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


async def stored_photo(
    connection: Client, name: str, max_bytes: int, bucket_name: str = PHOTO_BUCKET
) -> bytes:
    """A photo by its object's name.

    Raises: BadRequestError where there is none, ImageTooLargeError, UnavailableError.
    """
    content = io.BytesIO()
    try:
        bucket = await connection.jetstream().object_store(bucket_name)
        info = await bucket.get_info(name)
        if (info.size or 0) > max_bytes:
            raise ImageTooLargeError(
                f"the photo has {info.size:,} bytes; at most {max_bytes:,} are taken"
            )
        if info.is_link():
            raise BadRequestError(f"{PHOTO_HEADER}: the object is a link")
        await bucket.get(name, writeinto=content)
    except NoSuchObjectError:
        raise BadRequestError(f"{PHOTO_HEADER}: there is no such object in {bucket_name}") from None
    except NatsError:
        raise UnavailableError("the object store does not answer; try again in a moment") from None
    return content.getvalue()
