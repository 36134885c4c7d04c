"""What callers are told where the object store did not take a photo: whether to come again."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import cast

import pytest
from nats.errors import ConnectionClosedError
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js.errors import (
    APIError,
    BucketNotFoundError,
    NoStreamResponseError,
    ServiceUnavailableError,
)
from nats.js.object_store import ObjectStore

from lookalike.client import nats_object_store
from lookalike.client.nats_object_store import not_stored, put_whole, take_away
from lookalike.contract.errors import (
    ImageTooLargeError,
    LookalikeError,
    OverloadedError,
    UnavailableError,
)

NO_STORE = ImageTooLargeError("there is no object store for larger photos")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BucketNotFoundError(), ImageTooLargeError),
        (ServiceUnavailableError(), ImageTooLargeError),
        (ServiceUnavailableError(503, "JetStream not enabled", 10039), ImageTooLargeError),
        (ServiceUnavailableError(503, "maximum bytes exceeded", 10077), OverloadedError),
        (APIError(400, "maximum bytes exceeded", 10077), OverloadedError),
        (ServiceUnavailableError(503, "temporarily unavailable", 10008), UnavailableError),
        (APIError(500, "insufficient resources", 10023), UnavailableError),
        (NoStreamResponseError(), UnavailableError),
        (NatsTimeoutError(), UnavailableError),
        (ConnectionClosedError(), UnavailableError),
    ],
)
def test_only_what_stays_so_is_for_good(error: NatsError, told: type[LookalikeError]) -> None:
    assert type(not_stored(error, 9_000_000, NO_STORE)) is told


class SlowStore:
    """Takes a part when it is let, and takes parts away after an error, as nats-py's does."""

    def __init__(self) -> None:
        self.took: asyncio.Queue[None] = asyncio.Queue()
        self.may_take = asyncio.Event()
        self.taken_away = asyncio.Event()

    async def put(self, _name: str, content: BytesIO) -> None:
        part = bytearray(1)
        try:
            while content.readinto(part):
                self.took.put_nowait(None)
                await self.may_take.wait()
        except Exception:
            self.taken_away.set()
            raise


async def test_a_part_that_arrives_late_is_taken_away_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nats_object_store, "_TAKEN_AWAY_WITHIN_S", 0)
    store = SlowStore()
    putting = asyncio.create_task(put_whole(cast(ObjectStore, store), "photo", b"two"))
    await store.took.get()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    store.may_take.set()
    async with asyncio.timeout(20):
        await store.taken_away.wait()


@pytest.mark.parametrize("error", [None, NatsTimeoutError()])
async def test_what_can_not_be_taken_away_in_time_keeps_nobody(
    monkeypatch: pytest.MonkeyPatch, error: NatsError | None
) -> None:
    monkeypatch.setattr(nats_object_store, "_TAKEN_AWAY_WITHIN_S", 0.01)
    asked = asyncio.Event()

    class Bucket:
        async def delete(self, _name: str) -> None:
            asked.set()
            if error is not None:
                raise error
            await asyncio.Event().wait()

    async with asyncio.timeout(10):
        await take_away(cast(ObjectStore, Bucket()), "photo")
    assert asked.is_set()
