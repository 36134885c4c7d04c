"""The HTTP client against the real application, and against what is none."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from catalog.images import ImageFolder
from deployments.api import HttpApi, build_api
from deployments.settings import GatewayArgs
from lookalike.client import HttpSearchClient
from lookalike.contract.errors import (
    BadCropError,
    InternalError,
    NotFoundError,
    UnavailableError,
    UnsupportedFormatError,
)
from lookalike.contract.schemas import ClassifyParams, Crop, RecommendParams, SearchParams
from lookalike.contract.taxonomy import Category
from lookalike.recommender import Recommender
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
    async with HttpSearchClient("http://127.0.0.1:9") as client:
        with pytest.raises(UnavailableError, match="can't be reached"):
            await client.ready()


async def test_what_is_no_lookalike_service_is_told_so() -> None:
    other = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>hello</html>"))
    async with HttpSearchClient("http://test", transport=other) as client:
        with pytest.raises(InternalError, match="no lookalike service"):
            await client.ready()


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
