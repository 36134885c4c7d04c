"""What our client stores for jobs: nothing in vain, and nothing halfway."""

from __future__ import annotations

import asyncio
import random

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deployments.nats_server import NatsServer
from lookalike.client import nats_object_store
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import BadRequestError
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT
from tests.functional.nats_door import worker_over

STREAM = "OBJ_lookalike-job-photos"
LARGE = random.Random(1).randbytes(14_000_000)
"""Above the server's payload limit; no picture."""


async def stored(client: Client) -> int:
    """Messages of photos that the server holds."""
    return (await client.jetstream().stream_info(STREAM)).state.messages


@pytest.mark.parametrize(
    ("names", "job_id", "told"),
    [
        ([f"{n}.jpg" for n in range(1_001)], "many", "photos: List should have at most 1000"),
        (["ok.jpg", "n" * 200], "long", "photos.1: String should have at most 200"),
        (["\udcff.jpg"], "odd", "photos.0"),
        ([], "none", "photos: List should have at least 1"),
        (["a.jpg"], "in > wild", "id: String should match"),
        (["a.jpg"], "x" * 49, "id: String should match"),
    ],
)
async def test_what_can_not_be_a_batch_is_refused_before_a_photo_is_stored(
    server: NatsServer, client: Client, names: list[str], job_id: str, told: str
) -> None:
    async with (
        worker_over(FakeSegmenter(), server, jobs=PATIENT),
        NatsJobsClient(server.url) as jobs,
    ):
        with pytest.raises(BadRequestError) as refused:
            await jobs.submit_batch(dict.fromkeys(names, jpeg()), job_id=job_id)
        assert refused.value.message.startswith(told)
        assert await stored(client) == 0


async def test_an_id_that_can_be_none_is_refused_before_the_photo_is_stored(
    server: NatsServer, client: Client
) -> None:
    async with (
        worker_over(FakeSegmenter(), server, jobs=PATIENT),
        NatsJobsClient(server.url) as jobs,
    ):
        with pytest.raises(BadRequestError, match=r"^id: "):
            await jobs.submit(LARGE, job_id="a.b")
        assert await stored(client) == 0


async def test_a_photo_of_a_batch_can_be_followed_as_soon_as_that_is_handed_in(
    server: NatsServer, client: Client
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    one_at_once = PATIENT.model_copy(update={"in_flight": 1})
    async with (
        worker_over(segmenter, server, jobs=one_at_once),
        NatsJobsClient(server.url) as jobs,
    ):
        await jobs.submit(jpeg())
        await segmenter.entered.get()
        batch = await jobs.submit_batch({"a.jpg": jpeg(), "b.jpg": jpeg()}, job_id="pair")
        assert (await jobs.job("pair.1")).status == "queued"
        go.set()
        ends = [end async for end in jobs.ends(["pair.0", batch.id])]
    assert {end.id: end.status for end in ends} == {"pair.0": "done", "pair": "done"}
    assert await stored(client) == 0


async def test_photos_of_a_job_that_is_known_are_not_stored_again(
    server: NatsServer, client: Client
) -> None:
    parts: asyncio.Queue[Msg] = asyncio.Queue()
    async with (
        worker_over(FakeSegmenter(), server, jobs=PATIENT),
        NatsJobsClient(server.url) as jobs,
    ):
        await jobs.submit(LARGE, job_id="large")
        await jobs.submit_batch({"a.jpg": jpeg()}, job_id="batch")
        assert len([end async for end in jobs.ends(["large", "batch"])]) == 2
        await client.subscribe("$O.lookalike-job-photos.>", cb=parts.put)
        await client.flush()
        assert (await jobs.submit(LARGE, job_id="large")).new is False
        assert (await jobs.submit_batch({"a.jpg": jpeg()}, job_id="batch")).new is False
        await client.flush()
    assert parts.empty()


async def test_a_photo_whose_storing_is_cut_off_leaves_no_part(
    server: NatsServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nats_object_store, "_TAKEN_AWAY_WITHIN_S", 20)  # a busy machine's second
    parts: asyncio.Queue[Msg] = asyncio.Queue()
    async with (
        worker_over(FakeSegmenter(), server, jobs=PATIENT),
        NatsJobsClient(server.url) as jobs,
    ):
        await client.subscribe("$O.lookalike-job-photos.C.>", cb=parts.put)
        await client.flush()
        storing = asyncio.create_task(jobs.submit(LARGE, job_id="large"))
        for _ in range(3):
            async with asyncio.timeout(10):
                await parts.get()
        storing.cancel()
        await asyncio.wait([storing])
        assert storing.cancelled()
        assert await stored(client) == 0
        await jobs.submit(LARGE, job_id="large")
        (end,) = [end async for end in jobs.ends(["large"])]
    assert end.error is not None
    assert end.error.code == "bad_image"
