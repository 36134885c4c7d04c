"""Product pictures over HTTP, to clients that read slowly or not at all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from starlette.types import Message

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.recommender import Recommender
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, jpeg, manifest

_MOST_AHEAD_BYTES: Final = 64 * 1024


async def test_a_large_picture_stays_on_disk_until_its_client_reads(tmp_path: Path) -> None:
    folder = ImageFolder(tmp_path)
    picture = jpeg() + bytes(3 * _MOST_AHEAD_BYTES)
    key = folder.put(picture)
    recommender = Recommender(FakeSegmenter(), FakeEncoder(), colour_shards(), manifest())
    api = build_api(HttpApi(recommender, folder, GatewayArgs()))
    sent: list[bytes] = []
    begun, read_on = asyncio.Event(), asyncio.Event()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.body":
            sent.append(message["body"])
            begun.set()
            await read_on.wait()

    async def receive() -> Message:
        await asyncio.Event().wait()  # the client stays
        raise AssertionError

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": f"/v1/images/{key}",
        "raw_path": f"/v1/images/{key}".encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
    }
    async with asyncio.TaskGroup() as answering:
        answering.create_task(api(scope, receive, send))
        await begun.wait()
        folder.path(key).unlink()  # what is open is answered whole
        assert len(sent[0]) <= _MOST_AHEAD_BYTES
        read_on.set()
    assert b"".join(sent) == picture
    assert max(map(len, sent)) <= _MOST_AHEAD_BYTES
