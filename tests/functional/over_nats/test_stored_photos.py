"""Photos read from the server's object store, whoever wrote them and however."""

from __future__ import annotations

import asyncio
import base64
import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ObjectMeta, ObjectMetaOptions
from nats.js.object_store import ObjectStore

from deployments.nats_server import NatsServer
from lookalike.contract.errors import BadRequestError, ImageTooLargeError
from tests.functional.nats_door import plain_client
from worker.photos import stored_photo

BUCKET, STREAM = "lookalike-photos", "OBJ_lookalike-photos"
LIMIT = 15_000_000
LARGE = random.Random(1).randbytes(LIMIT)
SMALL = LARGE[:300_000]


@pytest.fixture
async def store(client: Client) -> ObjectStore:
    return await client.jetstream().create_object_store(BUCKET)


@pytest.fixture
async def reader(server: NatsServer) -> AsyncIterator[Client]:
    async with plain_client(server) as reader:
        yield reader


async def described(client: Client, name: str, **otherwise: Any) -> None:
    """Have an object's metadata say something else of it."""
    subject = f"$O.{BUCKET}.M.{base64.urlsafe_b64encode(name.encode()).decode()}"
    told = (await client.jetstream().get_last_msg(STREAM, subject)).data or b""
    await client.jetstream().publish(subject, json.dumps(json.loads(told) | otherwise).encode())


async def test_a_photo_is_read_as_it_was_put_whatever_lies_between_its_parts(
    client: Client, store: ObjectStore, reader: Client
) -> None:
    others = SMALL[::-1]
    await asyncio.gather(store.put("größe/a.png", SMALL), store.put("b.png", others))
    await store.put("none", b"")
    assert await stored_photo(reader, "größe/a.png", LIMIT) == SMALL
    assert await stored_photo(reader, "b.png", LIMIT) == others
    assert await stored_photo(reader, "none", LIMIT) == b""
    await store.put("b.png", SMALL)
    assert await stored_photo(reader, "b.png", LIMIT) == SMALL
    await store.delete("b.png")
    for absent in ("b.png", "c.png", "\udcff"):
        with pytest.raises(BadRequestError, match="no such object"):
            await stored_photo(reader, absent, LIMIT)
    with pytest.raises(BadRequestError, match="no such object in another-store"):
        await stored_photo(reader, "größe/a.png", LIMIT, "another-store")


async def test_a_photo_is_read_whatever_its_parts_sizes(
    client: Client, store: ObjectStore, reader: Client
) -> None:
    for size in (client.max_payload - 1_000, 3_000):
        sized = ObjectMeta(name="a.png", options=ObjectMetaOptions(max_chunk_size=size))
        await store.put("a.png", LARGE[:9_000_000], sized)
        assert await stored_photo(reader, "a.png", LIMIT) == LARGE[:9_000_000]


async def test_reads_that_are_cut_off_leave_nothing_behind(
    client: Client, store: ObjectStore, reader: Client
) -> None:
    await store.put("large", LARGE)
    asked: asyncio.Queue[Msg] = asyncio.Queue()
    listening = await client.subscribe("$JS.API.>", cb=asked.put)
    await client.flush()
    for _ in range(5):
        reading = asyncio.create_task(stored_photo(reader, "large", LIMIT))
        for _ in range(4):  # for the metadata, and for its first parts
            async with asyncio.timeout(10):
                await asked.get()
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
        await reader.flush()
        await client.flush()
        while not asked.empty():
            asked.get_nowait()
    await listening.unsubscribe()
    assert await client.jetstream().consumers_info(STREAM) == []
    assert await stored_photo(reader, "large", LIMIT) == LARGE


async def test_no_more_is_read_than_an_object_is_said_to_hold(
    client: Client, store: ObjectStore, reader: Client
) -> None:
    await store.put("large", LARGE)
    await described(client, "large", size=1_000)
    before = reader.stats["in_bytes"]
    with pytest.raises(BadRequestError, match="not as it was put"):
        await stored_photo(reader, "large", LIMIT)
    assert reader.stats["in_bytes"] - before < 1_000_000
    await described(client, "large", size=LIMIT + 1)
    with pytest.raises(ImageTooLargeError):
        await stored_photo(reader, "large", LIMIT)


async def test_a_photo_that_lacks_a_part_is_refused_at_once(
    client: Client, store: ObjectStore, reader: Client
) -> None:
    info = await store.put("small", SMALL)
    parts = f"$O.{BUCKET}.C.{info.nuid}"
    last = await client.jetstream().get_last_msg(STREAM, parts)
    assert last.seq is not None
    await client.jetstream().delete_msg(STREAM, last.seq)
    with pytest.raises(BadRequestError, match="not as it was put"):
        await stored_photo(reader, "small", LIMIT)
    await client.jetstream().purge_stream(STREAM, subject=parts)
    with pytest.raises(BadRequestError, match="not as it was put"):
        await stored_photo(reader, "small", LIMIT)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"digest": "SHA-256=" + base64.urlsafe_b64encode(b"another").decode()},
        {"digest": None},
        {"nuid": ">"},
        {"nuid": "*"},
        {"nuid": "a.b"},
        {"nuid": ""},
        {"size": -1},
        {"size": "many"},
        {"size": None},
        {"options": {"link": {"bucket": BUCKET, "name": "other"}}},
    ],
    ids=str,
)
async def test_metadata_that_no_put_writes_are_refused(
    client: Client, store: ObjectStore, reader: Client, otherwise: dict[str, Any]
) -> None:
    await store.put("small", SMALL)
    await store.put("other", SMALL)
    await described(client, "small", **otherwise)
    with pytest.raises(BadRequestError):
        await stored_photo(reader, "small", LIMIT)
