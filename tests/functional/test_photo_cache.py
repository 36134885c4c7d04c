"""A photo that was sent before, over HTTP: what is answered, and which stages are spared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from lookalike.photo_cache import PhotoCache, PhotoKey
from lookalike.ports import Encoded
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import client_over, code_of, recommend

CROP = {"x": 0, "y": 0, "width": 100, "height": 100}


@pytest.fixture
def segmenter() -> FakeSegmenter:
    return FakeSegmenter()


@pytest.fixture
def seen() -> PhotoCache:
    return PhotoCache(16, ttl_s=60.0)


@pytest.fixture
async def client(
    segmenter: FakeSegmenter, seen: PhotoCache, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_over(segmenter, tmp_path, photo_cache=seen, max_in_flight=4) as client:
        yield client


async def test_another_filter_on_the_same_photo_needs_neither_segmenter_nor_encoder(
    client: httpx.AsyncClient, segmenter: FakeSegmenter
) -> None:
    first = (await recommend(client, k=5, crop=CROP)).json()
    cheaper = (await recommend(client, k=5, crop=CROP, max_price=15, sort="price")).json()
    assert segmenter.calls == 1
    assert cheaper["category"] == first["category"]
    assert {hit["product"]["price"] for hit in cheaper["hits"]} <= {10.0, 12.5, 15.0}
    assert set(first["timings_ms"]) == {"total", "segment", "encode", "top_k"}
    assert set(cheaper["timings_ms"]) == {"total", "top_k"}


async def test_the_same_question_again_has_the_same_answer(client: httpx.AsyncClient) -> None:
    answers = [(await recommend(client, k=5, crop=CROP)).json() for _ in range(2)]
    for answer in answers:
        del answer["request_id"], answer["timings_ms"]
    assert answers[0] == answers[1]


async def test_classify_knows_what_recommend_saw(
    client: httpx.AsyncClient, segmenter: FakeSegmenter
) -> None:
    await recommend(client)
    reply = await client.post("/v1/classify", files={"image": jpeg()}, data={"params": "{}"})
    assert reply.json()["category"]["name"] == "t-shirt"
    assert segmenter.calls == 1


async def test_another_crop_or_another_photo_goes_through_the_stages(
    client: httpx.AsyncClient, segmenter: FakeSegmenter
) -> None:
    await recommend(client, crop=CROP)
    await recommend(client, crop=CROP | {"width": 90})
    await recommend(client, photo=jpeg((20, 20, 200)), crop=CROP)
    assert segmenter.calls == 3


async def test_a_broken_photo_is_refused_each_time_and_not_remembered(
    client: httpx.AsyncClient, seen: PhotoCache
) -> None:
    broken = jpeg()[:-400]
    for _ in range(2):
        assert code_of(await recommend(client, photo=broken)) == (422, "bad_image")
    assert seen.figures.entries == 0


async def test_readiness_is_never_answered_from_memory(
    client: httpx.AsyncClient, segmenter: FakeSegmenter
) -> None:
    assert (await client.get("/readyz")).status_code == 200
    assert segmenter.calls == 1
    segmenter.down = 2
    async with client_over(segmenter, Path(), photo_cache=PhotoCache(16, 60.0)) as other:
        assert code_of(await other.get("/readyz")) == (503, "unavailable")


class WatchedCache(PhotoCache):
    """Tells of each request that comes to it; who hears of one finds it led or joined."""

    def __init__(self, max_entries: int, ttl_s: float) -> None:
        super().__init__(max_entries, ttl_s)
        self.asked: asyncio.Queue[None] = asyncio.Queue()

    async def encoded(self, key: PhotoKey, encode: Callable[[], Awaitable[Encoded]]) -> Encoded:
        self.asked.put_nowait(None)
        return await super().encoded(key, encode)


async def test_a_request_past_its_deadline_leaves_the_stages_to_the_one_that_shares_them(
    tmp_path: Path,
) -> None:
    go = asyncio.Event()
    segmenter, seen = FakeSegmenter(takes=go), WatchedCache(16, 60.0)
    async with client_over(segmenter, tmp_path, photo_cache=seen) as client:
        hasty = asyncio.create_task(
            client.post(
                "/v1/recommend",
                files={"image": jpeg()},
                headers={"Lookalike-Deadline": "2"},
            )
        )
        async with asyncio.timeout(20):
            await seen.asked.get()
            patient = asyncio.create_task(recommend(client))
            await seen.asked.get()
        assert code_of(await hasty) == (504, "deadline")
        go.set()
        assert (await patient).status_code == 200
    assert segmenter.calls == 1
