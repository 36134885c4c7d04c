"""Photos put into the NATS server's object store, and what a caller is told where it takes none."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any, Final

from nats.errors import Error as NatsError
from nats.js.errors import APIError, BucketNotFoundError, ServiceUnavailableError
from nats.js.object_store import ObjectStore

from lookalike.contract.errors import LookalikeError, OverloadedError, UnavailableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_FULL: Final = 10077
"""Source: nats-server, JSStreamStoreFailedF: "maximum bytes exceeded"."""
_NO_JETSTREAM: Final = frozenset({None, 10039, 10076})
"""Nobody answers, JSNotEnabledForAccountErr, JSNotEnabledErr. Source: nats-server."""
_TAKEN_AWAY_WITHIN_S: Final = 1.0
_ending: Final[set[asyncio.Task[Any]]] = set()
"""What is still being taken away: the event loop alone would forget it."""


class _CutOffError(Exception):
    """Nobody waits for the photo to be stored any more."""


class _Content(io.BytesIO):
    """A photo whose reading can be ended, in an error."""

    cut_off = False

    def readinto(self, buffer: WriteableBuffer) -> int:
        if self.cut_off:
            raise _CutOffError
        return super().readinto(buffer)


async def put_whole(bucket: ObjectStore, name: str, photo: bytes) -> None:
    """Put a photo; what is cancelled leaves no part of it. Raises: nats.errors.Error.

    By itself nats-py takes away what it has put after an error alone, so it gets one to read. That
    is after the part that is on its way has arrived: this waits a second for it, and no longer.
    """
    content = _Content(photo)
    putting = asyncio.create_task(bucket.put(name, content))
    try:
        await asyncio.shield(putting)
    except asyncio.CancelledError:
        content.cut_off = True
        await _ends_by_itself(putting)
        raise


async def take_away(bucket: ObjectStore, name: str) -> None:
    """Delete a photo; one that a server takes its time for goes later, or when its time is over."""
    await _ends_by_itself(asyncio.create_task(bucket.delete(name)))


async def _ends_by_itself(task: asyncio.Task[Any]) -> None:
    """Wait a second for it, and no longer."""
    _ending.add(task)
    task.add_done_callback(_ended)
    await asyncio.wait([task], timeout=_TAKEN_AWAY_WITHIN_S)


def _ended(task: asyncio.Task[Any]) -> None:
    _ending.discard(task)
    if not task.cancelled():
        task.exception()  # nobody waits for it


def not_stored(error: NatsError, size: int, no_store: LookalikeError) -> LookalikeError:
    """The error for a photo of `size` bytes; `no_store` where there is no bucket or JetStream."""
    if isinstance(error, APIError) and error.err_code == _FULL:
        return OverloadedError("the NATS server's store of photos is full; try again later")
    off = isinstance(error, ServiceUnavailableError) and error.err_code in _NO_JETSTREAM
    if off or isinstance(error, BucketNotFoundError):
        return no_store
    return UnavailableError(f"a photo of {size:,} bytes can't be stored for now: {error}")
