"""Who waits for photos of a batch hears of their ends as of any job's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deployments.nats_server import NatsServer
from lookalike.client import nats_jobs
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import ErrorBody
from lookalike.contract.subjects import job_done
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import ENDS_WITHIN_S, PATIENT, Ends, ask
from tests.functional.nats_door import plain_client, worker_over

PHOTOS = {"a.jpg": jpeg(), "b.jpg": b"no picture"}
ONE_AT_ONCE = PATIENT.model_copy(update={"in_flight": 1})


@pytest.fixture
def looks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not heard is not asked after."""
    monkeypatch.setattr(nats_jobs, "_LOOK_AGAIN_S", 3_600.0)


@pytest.fixture
async def jobs(server: NatsServer) -> AsyncIterator[NatsJobsClient]:
    async with NatsJobsClient(server.url) as jobs:
        yield jobs


@asynccontextmanager
async def hearing(client: Client, subject: str) -> AsyncIterator[asyncio.Queue[Msg]]:
    """What is published on a subject from now on."""
    heard: asyncio.Queue[Msg] = asyncio.Queue()
    subscription = await client.subscribe(subject, cb=heard.put)
    await client.flush()
    yield heard
    await subscription.unsubscribe()


async def ends_of(jobs: NatsJobsClient, job_ids: Collection[str]) -> dict[str, JobReply]:
    async with asyncio.timeout(ENDS_WITHIN_S):
        return {reply.id: reply async for reply in jobs.ends(job_ids)}


async def test_the_end_of_each_photo_is_published_and_nothing_else_of_its_batch(
    server: NatsServer, client: Client, jobs: NatsJobsClient, ends: Ends
) -> None:
    async with (
        worker_over(FakeSegmenter(), server, jobs=PATIENT),
        hearing(client, "lookalike.v1.jobs.*.*.done") as heard,
    ):
        await jobs.submit_batch(PHOTOS, job_id="pair")
        await ends.of("pair")
        told = [await asyncio.wait_for(heard.get(), 20) for _ in PHOTOS]
        stored = [await ask(client, "get", f"pair.{place}".encode()) for place in range(2)]
        await client.flush()
    assert heard.empty()
    assert {message.subject for message in told} == {
        "lookalike.v1.jobs.pair.0.done",
        "lookalike.v1.jobs.pair.1.done",
    }
    assert sorted((json.loads(message.data) for message in told), key=lambda e: e["id"]) == stored
    assert [end["status"] for end in stored] == ["done", "failed"]


@pytest.mark.usefixtures("looks_once")
@pytest.mark.parametrize("others", [0, 150])
async def test_photos_of_a_batch_are_heard_of_as_they_end(
    server: NatsServer, client: Client, jobs: NatsJobsClient, others: int
) -> None:
    go = asyncio.Event()
    async with (
        worker_over(FakeSegmenter(takes=go), server, jobs=ONE_AT_ONCE),
        hearing(client, "lookalike.v1.jobs.get") as looks,
    ):
        batch = {f"{place}.jpg": jpeg() for place in range(2 + others)}
        await jobs.submit_batch(batch, job_id="shelf")
        followed = [f"shelf.{place}" for place in range(len(batch))]
        following = asyncio.create_task(ends_of(jobs, followed))
        for _ in followed:
            await asyncio.wait_for(looks.get(), 20)
        go.set()
        ended = await following
    assert {end.status for end in ended.values()} == {"done"}
    assert sorted(ended) == sorted(followed)


@pytest.mark.usefixtures("looks_once")
async def test_who_waits_for_a_photo_hears_that_its_batch_was_called_off(
    server: NatsServer, client: Client, jobs: NatsJobsClient
) -> None:
    segmenter = FakeSegmenter(takes=asyncio.Event())
    async with (
        worker_over(segmenter, server, jobs=ONE_AT_ONCE),
        hearing(client, "lookalike.v1.jobs.get") as looks,
    ):
        await jobs.submit(jpeg())
        await segmenter.entered.get()  # so the batch is not spread yet
        await jobs.submit_batch(PHOTOS, job_id="pair")
        following = asyncio.create_task(ends_of(jobs, ["pair.1"]))
        await asyncio.wait_for(looks.get(), 20)
        await jobs.cancel("pair")
        assert (await following)["pair.1"].status == "cancelled"


@pytest.mark.usefixtures("looks_once")
async def test_photos_of_a_batch_that_is_given_up_end_with_it(
    server: NatsServer, client: Client, jobs: NatsJobsClient
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    too_full = ErrorBody(code="overloaded", message="full", request_id="r")
    given_up = JobReply(id="pair", status="failed", error=too_full, dead_letter=True)
    async with (
        worker_over(segmenter, server, jobs=ONE_AT_ONCE),
        hearing(client, "lookalike.v1.jobs.get") as looks,
    ):
        other = await jobs.submit(jpeg())
        await segmenter.entered.get()  # so the batch is not spread yet
        await jobs.submit_batch(PHOTOS, job_id="pair")
        following = asyncio.create_task(ends_of(jobs, ["pair.1", other.id]))
        for _ in range(2):
            await asyncio.wait_for(looks.get(), 20)
        results = await client.jetstream().key_value("lookalike-jobs")
        await results.put("pair", given_up.model_dump_json().encode())
        await asyncio.wait_for(looks.get(), 20)
        go.set()
        ended = await following
        assert await jobs.job("pair.0") == JobReply(id="pair.0", status="failed", error=too_full)
    assert ended["pair.1"] == JobReply(id="pair.1", status="failed", error=too_full)
    assert ended[other.id].status == "done"


@pytest.mark.parametrize(("point", "heard_of"), [("", 1), (".0", 2)])
async def test_ends_of_photos_are_listened_to_only_by_who_waits_for_some(
    server: NatsServer, client: Client, point: str, heard_of: int
) -> None:
    followed = [f"job-{n}{point}" for n in range(150)]
    async with plain_client(server) as other, nats_jobs._heard(client, followed) as heard:
        await client.flush()
        for ended in ("shelf.0", "last"):
            reply = JobReply(id=ended, status="done")
            await other.publish(job_done(ended), reply.model_dump_json().encode())
        told = [JobReply.model_validate_json((await heard.get()).data) for _ in range(heard_of)]
    assert told[-1].id == "last"


async def test_an_end_that_its_worker_could_not_publish_any_more_is_published_by_the_next(
    server: NatsServer, client: Client
) -> None:
    end = JobReply(id="pair.0", status="failed").model_dump_json().encode()
    async with (
        worker_over(FakeSegmenter(), server, jobs=PATIENT),
        hearing(client, "lookalike.v1.jobs.pair.0.done") as heard,
    ):
        results = await client.jetstream().key_value("lookalike-jobs")
        await results.put("pair.0", end)
        size = {"Lookalike-Batch-Size": "2"}
        await client.jetstream().publish("lookalike.v1.queue.jobs.pair.0", jpeg(), headers=size)
        assert (await asyncio.wait_for(heard.get(), 20)).data == end
