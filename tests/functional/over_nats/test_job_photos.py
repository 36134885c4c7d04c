"""The object store of job photos: a job's own go as it ends."""

from __future__ import annotations

import asyncio
import json

from nats.aio.client import Client

from deployments.nats_server import NatsServer
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT, Ends, PickySegmenter, ask, refused
from tests.functional.nats_door import worker_over

BUCKET, STREAM = "lookalike-job-photos", "OBJ_lookalike-job-photos"
POISON = jpeg((1, 2, 3))
ONE_AT_ONCE = PATIENT.model_copy(update={"in_flight": 1})
"""So that what is handed in later ends later."""


async def put(client: Client, *names: str, photo: bytes = b"") -> None:
    bucket = await client.jetstream().object_store(BUCKET)
    for name in names:
        await bucket.put(name, photo or jpeg())


async def left(client: Client) -> set[str]:
    """The objects that are there; nothing else is."""
    info = await client.jetstream().stream_info(STREAM, subjects_filter=">")
    subjects = info.state.subjects or {}
    bucket = await client.jetstream().object_store(BUCKET)
    objects = await bucket.list() if subjects else []
    assert len(subjects) == 2 * len(objects), "each has its metadata and its parts"
    return {str(one.name) for one in objects}


async def test_a_photo_below_the_jobs_id_goes_as_it_ends_and_any_other_stays(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        await put(client, "own/photo", "other/photo", "owner/photo")
        for job_id, name in (("own", "own/photo"), ("own-too", "other/photo")):
            await ask(client, "submit", b"", Job=job_id, Photo=name)
        await put(client, "text/photo", photo=b"no picture")
        await ask(client, "submit", b"", Job="text", Photo="text/photo")
        told = await ends.of("own", "own-too", "text")
    assert [end["status"] for end in told] == ["done", "done", "failed"]
    assert await left(client) == {"other/photo", "owner/photo"}


async def test_a_dead_letter_keeps_its_photo(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(PickySegmenter(POISON), server, jobs=PATIENT):
        await put(client, "dead/photo", "pair/poison", photo=POISON)
        await put(client, "pair/sound")
        await ask(client, "submit", b"", Job="dead", Photo="dead/photo")
        pair = {"id": "pair", "photos": ["pair/poison", "pair/sound"]}
        await ask(client, "submit", json.dumps(pair).encode())
        dead, ended = await ends.of("dead", "pair")
        assert (await ask(client, "submit", b"", Job="dead", Photo="dead/photo"))["new"] is False
    assert (dead["dead_letter"], ended["batch"]["failed"]) == (True, 1)
    assert await left(client) == {"dead/photo", "pair/poison"}


async def test_what_is_stored_again_for_a_job_that_has_ended_goes_as_it_is_submitted(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        for new in (True, False):
            await put(client, "own/photo")
            told = await ask(client, "submit", b"", Job="own", Photo="own/photo")
            assert told["new"] is new
            await ends.of("own")
    assert await left(client) == set()


async def test_a_job_that_is_called_off_keeps_no_photo(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=ONE_AT_ONCE):
        await put(client, "at-work/photo", "waits/photo")
        for job_id in ("at-work", "waits"):
            await ask(client, "submit", b"", Job=job_id, Photo=f"{job_id}/photo")
        await segmenter.entered.get()
        for job_id in ("at-work", "waits"):
            told = await ask(client, "cancel", job_id.encode())
            assert (told["status"], told["photo"]) == ("cancelled", f"{job_id}/photo")
        assert await left(client) == set()
        go.set()
        await ask(client, "submit", jpeg(), Job="after")
        await ends.of("after")


async def test_a_job_as_large_as_can_be_is_called_off(server: NatsServer, client: Client) -> None:
    nobody_works = PATIENT.model_copy(update={"in_flight": 0})
    async with worker_over(FakeSegmenter(), server, jobs=nobody_works):
        await ask(client, "submit", b"\xff" * (client.max_payload - 5_000), Job="large")
        assert (await ask(client, "cancel", b"large"))["status"] == "cancelled"
    assert (await client.jetstream().stream_info("LOOKALIKE_JOBS")).state.messages == 0


async def test_a_job_delivered_twice_is_answered_once_though_its_photo_goes(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with (
        worker_over(segmenter, server, jobs=ONE_AT_ONCE),
        worker_over(segmenter, server, jobs=ONE_AT_ONCE),
    ):
        await put(client, "twice/photo")
        headers = {"Lookalike-Photo": "twice/photo"}
        for _ in range(3):  # past every guard of submit
            await client.jetstream().publish("lookalike.v1.queue.jobs.twice", b"", headers=headers)
        await segmenter.entered.get()
        await segmenter.entered.get()
        go.set()
        (twice,) = await ends.of("twice")
        await ask(client, "submit", jpeg(), Job="after")
        await ends.of("after")
    assert twice["status"] == "done"
    assert await left(client) == set()
    async with asyncio.timeout(10):
        while (await client.jetstream().stream_info("LOOKALIKE_JOBS")).state.messages:
            pass  # the server takes a job out some time after it is acknowledged


async def test_a_batch_that_is_called_off_keeps_no_photos_spread_or_not(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=ONE_AT_ONCE):
        for batch in ("spread", "waits"):
            names = [f"{batch}/{place}" for place in range(5)]
            await put(client, *names)
            await ask(client, "submit", json.dumps({"id": batch, "photos": names}).encode())
        await segmenter.entered.get()
        for batch in ("spread", "waits"):
            assert (await ask(client, "cancel", batch.encode()))["status"] == "cancelled"
        go.set()
        await ask(client, "submit", jpeg(), Job="after")
        await ends.of("after")
    assert await left(client) == set()
    assert (await client.jetstream().stream_info("LOOKALIKE_JOBS")).state.messages == 0


async def test_a_photo_goes_though_the_worker_that_ended_its_job_died_before(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        await put(client, "own/photo")
        ended = {"id": "own", "status": "done"}
        results = await client.jetstream().key_value("lookalike-jobs")
        await results.put("own", json.dumps(ended).encode())
        headers = {"Lookalike-Photo": "own/photo"}
        await client.jetstream().publish("lookalike.v1.queue.jobs.own", b"", headers=headers)
        await ask(client, "submit", jpeg(), Job="after")
        await ends.of("after")
    assert await left(client) == set()


async def test_a_photo_of_a_batch_that_waits_is_queued_and_can_be_called_off(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=ONE_AT_ONCE):
        await ask(client, "submit", jpeg(), Job="before")
        await segmenter.entered.get()
        await put(client, "pair/a", "pair/b")
        pair = {"id": "pair", "photos": ["pair/a", "pair/b"]}
        await ask(client, "submit", json.dumps(pair).encode())
        for place in ("0", "1"):
            assert (await ask(client, "get", f"pair.{place}".encode()))["status"] == "queued"
        for nobodys in (b"pair.2", b"pair.00"):
            assert (await refused(client, "get", nobodys))["code"] == "not_found"
        told = await ask(client, "cancel", b"pair.1")
        assert (told["status"], told["photo"]) == ("cancelled", "pair/b")
        go.set()
        (ended,) = await ends.of("pair")
    items = [(item["photo"], item["status"]) for item in ended["batch"]["items"]]
    assert items == [("pair/a", "done"), ("pair/b", "cancelled")]
    assert await left(client) == set()
