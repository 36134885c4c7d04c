"""The NATS server's object stores of photos, asked for nothing but single objects."""

from __future__ import annotations

import contextlib

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import Header, RawStreamMsg
from nats.js.object_store import ObjectStore


def photo_store(connection: Client, bucket: str) -> ObjectStore:
    """The object store of that name, there or not, for a login that may not read all of it.

    nats-py's own asks for any message of the store and empties it by the stream's API, for which
    the server knows one permission each: all or nothing. This one names subjects instead, so that
    permissions can name them too (`deploy/nats.conf`). Where it is not there, `get_info` and `put`
    raise nats.errors.NoRespondersError.
    """
    return ObjectStore(bucket, f"OBJ_{bucket}", _BySubject(connection))


class _BySubject(JetStreamContext):
    async def get_last_msg(
        self, stream_name: str, subject: str, direct: bool | None = None
    ) -> RawStreamMsg:
        return await super().get_last_msg(stream_name, subject, direct=True)

    async def purge_stream(
        self,
        name: str,
        seq: int | None = None,
        subject: str | None = None,
        keep: int | None = None,
    ) -> bool:
        """Leave an empty message of what lies under `subject`. Source: NATS, Nats-Rollup."""
        assert subject is not None
        with contextlib.suppress(NatsError):  # a full store takes none; it goes when its time is up
            await self.publish(subject, b"", headers={Header.ROLLUP: "sub"})
        return True
