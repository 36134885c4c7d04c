"""The HTTP client against the real application, and against what is none."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.client import HttpSearchClient, http
from lookalike.client.pictures import PictureClient
from lookalike.contract.errors import (
    BadCropError,
    DeadlineError,
    InternalError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
    UnsupportedFormatError,
)
from lookalike.contract.schemas import ClassifyParams, Crop, RecommendParams, SearchParams
from lookalike.contract.taxonomy import Category
from lookalike.recommender import Recommender
from lookalike.vision.crop import CropBoxPx
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, jpeg, manifest


@pytest.fixture
def client(tmp_path: Path) -> HttpSearchClient:
    recommender = Recommender(FakeSegmenter(), FakeEncoder(), colour_shards(), manifest())
    api = build_api(HttpApi(recommender, ImageFolder(tmp_path), GatewayArgs()))
    return HttpSearchClient("http://test", transport=httpx.ASGITransport(api))


async def test_every_request_has_a_typed_reply(client: HttpSearchClient) -> None:
    async with client:
        crop = Crop(x=0.1, y=0.1, width=0.5, height=0.5, unit="fraction")
        found = await client.recommend(jpeg(), RecommendParams(k=2, crop=crop))
        assert [hit.rank for hit in found.hits] == [1, 2]
        assert found.crop.width == 60
        classified = await client.classify(jpeg(), ClassifyParams(crop=crop))
        assert classified.category.name is Category.T_SHIRT
        assert len((await client.crops(jpeg())).crops) == 1
        first = found.hits[0].product
        assert await client.product(first.id) == first
        params = SearchParams(k=3, categories=[Category.T_SHIRT], brands=["Acme"], exclude=["p-01"])
        similar = await client.similar(first.id, params)
        assert {hit.product.brand for hit in similar.hits} == {"Acme"}
        assert len((await client.similar(first.id)).hits) == 10
        assert (await client.ready()).products == 30


async def test_the_services_errors_are_raised_as_what_they_are(client: HttpSearchClient) -> None:
    async with client:
        with pytest.raises(UnsupportedFormatError):
            await client.recommend(b"no picture")
        far = Crop(x=900, y=900, width=50, height=50)
        with pytest.raises(BadCropError, match="outside"):
            await client.recommend(jpeg(), RecommendParams(crop=far))
        with pytest.raises(NotFoundError):
            await client.product("no/such id?#")


async def test_a_service_that_is_not_there_is_unavailable() -> None:
    async with HttpSearchClient("http://shop:secret@127.0.0.1:9") as client:
        with pytest.raises(UnavailableError, match="can't be reached") as raised:
            await client.ready()
    assert "127.0.0.1:9" in raised.value.message
    assert "secret" not in raised.value.message


async def test_what_is_no_lookalike_service_is_told_so() -> None:
    other = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>hello</html>"))
    async with HttpSearchClient("http://test", transport=other) as client:
        with pytest.raises(InternalError, match="no lookalike service"):
            await client.ready()


async def test_an_address_that_sends_its_callers_elsewhere_says_where() -> None:
    moved = {"Location": "https://me:s3cret@shop.example/readyz"}
    old = httpx.MockTransport(lambda _: httpx.Response(308, text="Moved", headers=moved))
    async with HttpSearchClient("http://shop.example", transport=old) as client:
        with pytest.raises(UnavailableError, match=r"to https://shop\.example/readyz; give that"):
            await client.ready()


async def test_a_key_goes_beside_a_login_of_the_address() -> None:
    asked: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers)
        return httpx.Response(503)

    login = "http://me:pw@test"
    for url, first, second in ((login, "key-1", "key-2"), ("http://test", "key-1", None)):
        transport = httpx.MockTransport(answer)
        async with HttpSearchClient(url, api_key=first, transport=transport) as client:
            for asking in (client, client.with_key(second)):
                with pytest.raises(UnavailableError):
                    await asking.ready()
    told = [(headers.get("authorization"), headers.get("x-api-key")) for headers in asked]
    basic = f"Basic {base64.b64encode(b'me:pw').decode()}"
    assert told == [(basic, "key-1"), (basic, "key-2"), ("Bearer key-1", None), (None, None)]


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_proxy_with_nobody_behind_it_means_that_the_service_is_down(status: int) -> None:
    proxy = httpx.MockTransport(lambda _: httpx.Response(status, text="<h1>no server</h1>"))
    async with HttpSearchClient("http://test", transport=proxy) as client:
        with pytest.raises(UnavailableError, match=f"down or starting \\(status {status}\\)"):
            await client.ready()


async def test_ray_serve_without_an_application_yet_means_that_the_service_is_starting() -> None:
    said = "Path '/readyz' not found. Ping http://.../-/routes for available routes."
    proxy = httpx.MockTransport(lambda _: httpx.Response(404, text=said))
    async with HttpSearchClient("http://test", transport=proxy) as client:
        with pytest.raises(UnavailableError, match="down or starting \\(status 404\\)"):
            await client.ready()


async def test_a_limited_caller_learns_when_to_come_again() -> None:
    said = {"error": {"code": "rate_limited", "message": "too often", "request_id": "r"}}
    answers = httpx.MockTransport(
        lambda _: httpx.Response(429, json=said, headers={"Retry-After": "30"})
    )
    async with HttpSearchClient("http://test", transport=answers) as client:
        with pytest.raises(RateLimitedError) as raised:
            await client.product("p-01")
    assert raised.value.retry_after_s == 30


async def test_a_failed_call_names_the_request_as_the_services_log_does(
    tmp_path: Path,
) -> None:
    class Broken(FakeSegmenter):
        async def garments(self, photo: bytes) -> list[CropBoxPx]:
            raise ZeroDivisionError

    recommender = Recommender(Broken(), FakeEncoder(), colour_shards(), manifest())
    api = build_api(HttpApi(recommender, ImageFolder(tmp_path), GatewayArgs()))
    seen: list[str] = []

    class Noting(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await super().handle_async_request(request)
            seen.append(response.headers["x-request-id"])
            return response

    transport = Noting(api, raise_app_exceptions=False)
    async with HttpSearchClient("http://test", transport=transport) as client:
        with pytest.raises(InternalError) as raised:
            await client.crops(jpeg())
    assert [raised.value.request_id] == seen


class Trickling(httpx.AsyncByteStream):
    """A body that never ends, a byte at a time."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "


async def test_the_deadline_is_for_the_whole_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_GRACE_S", 0.0)
    trickle = httpx.MockTransport(lambda _: httpx.Response(200, stream=Trickling()))
    async with HttpSearchClient("http://test", deadline_s=0.2, transport=trickle) as client:
        with pytest.raises(DeadlineError):
            await client.product("p-01")


async def test_the_deadline_is_for_the_whole_picture() -> None:
    ended = asyncio.Event()

    async def trickle(_: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        answer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                answer.write(b" ")
                await answer.drain()
                await asyncio.sleep(0.01)
        answer.close()
        ended.set()

    server = await asyncio.start_server(trickle, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    async with server:
        async with PictureClient(f"http://127.0.0.1:{port}", deadline_s=0.2) as client:
            with pytest.raises(DeadlineError):
                await client.picture("/v1/images/a.jpg")
        await ended.wait()
