"""A client of the HTTP door over stages that run in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.access.gate import Gate
from lookalike.photo_cache import PhotoCache
from lookalike.recommender import Recommender
from lookalike.telemetry.door import Door
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, jpeg, manifest


def client_over(
    segmenter: FakeSegmenter,
    images: Path,
    gate: Gate | None = None,
    photo_cache: PhotoCache | None = None,
    **gateway: Any,
) -> httpx.AsyncClient:
    recommender = Recommender(
        segmenter, FakeEncoder(), colour_shards(), manifest(), photo_cache=photo_cache
    )
    args = GatewayArgs(**gateway)
    api = build_api(HttpApi(recommender, ImageFolder(images), args, gate=gate))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(api, raise_app_exceptions=False), base_url="http://test"
    )


@asynccontextmanager
async def http_service(
    segmenter: FakeSegmenter,
    folder: Path,
    door: Door | None = None,
    gate: Gate | None = None,
    **gateway: Any,
) -> AsyncIterator[str]:
    """The HTTP door over fakes, on a real port."""
    recommender = Recommender(segmenter, FakeEncoder(), colour_shards(), manifest())
    args = GatewayArgs(writes=False, **gateway)
    api = build_api(HttpApi(recommender, ImageFolder(folder), args, door=door, gate=gate))
    serving = uvicorn.Server(uvicorn.Config(api, port=0, log_level="warning", lifespan="off"))
    listening = uvicorn.Config(api, port=0).bind_socket()
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        serving.should_exit = True
        await task


async def recommend(
    client: httpx.AsyncClient, photo: bytes | None = None, **params: Any
) -> httpx.Response:
    return await client.post(
        "/v1/recommend",
        files={"image": jpeg() if photo is None else photo},
        data={"params": json.dumps(params)},
    )


def code_of(reply: httpx.Response) -> tuple[int, str]:
    body = reply.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "request_id"}
    assert body["error"]["request_id"] == reply.headers["x-request-id"]
    return reply.status_code, body["error"]["code"]
