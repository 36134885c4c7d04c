"""Batches: photos in the object store, handed in together, each of them a job of its own."""

from __future__ import annotations

import asyncio
import json

from nats.aio.client import Client

from deployments.nats_server import NatsServer
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT, QUICK, Ends, PickySegmenter, ask
from tests.functional.nats_door import worker_over

POISON = jpeg((1, 2, 3))


async def store(client: Client, photos: dict[str, bytes]) -> None:
    """Put photos where batches look for them."""
    bucket = await client.jetstream().object_store("lookalike-job-photos")
    for name, photo in photos.items():
        await bucket.put(name, photo)


def batch(*names: str, **params: object) -> bytes:
    """The payload that hands objects in."""
    return json.dumps({"photos": names, "params": params}).encode()


def absent(count: int) -> list[str]:
    """Names of objects that are not there."""
    return [f"absent-{number}.jpg" for number in range(count)]


async def test_each_photo_of_a_batch_is_answered_and_poison_fails_alone(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(PickySegmenter(POISON), server, jobs=PATIENT):
        await store(
            client,
            {"a.jpg": jpeg(), "größe 2/b.jpg": jpeg((0, 0, 255)), "poison": POISON, "text": b"no"},
        )
        names = ("a.jpg", "größe 2/b.jpg", "poison", "text", "absent")
        stored = await ask(client, "submit", batch(*names, k=2), Job="shelf")
        assert (stored["id"], stored["status"]) == ("shelf", "queued")
        (ended,) = await ends.of("shelf")
        items = [await ask(client, "get", f"shelf.{place}".encode()) for place in range(5)]
        again = await ask(client, "submit", batch(*names), Job="shelf")
    assert ended["status"] == "done"
    assert {name: ended["batch"][name] for name in ("total", "finished", "failed")} == {
        "total": 5,
        "finished": 5,
        "failed": 3,
    }
    assert [item["photo"] for item in ended["batch"]["items"]] == list(names)
    told = [item["status"] for item in ended["batch"]["items"]]
    assert told == [item["status"] for item in items] == ["done"] * 2 + ["failed"] * 3
    assert [len(item["result"]["hits"]) for item in items[:2]] == [2, 2]
    assert [i["error"]["code"] for i in items[2:]] == ["unavailable", "bad_image", "bad_request"]
    assert [item["dead_letter"] for item in items] == [False, False, True, False, False]
    assert (again["status"], again["new"]) == ("done", False)


async def test_a_batch_tells_how_far_it_is_and_can_be_called_off(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=PATIENT.model_copy(update={"in_flight": 1})):
        await store(client, {"a.jpg": jpeg()})
        await ask(client, "submit", batch("a.jpg", *absent(49)), Job="many")
        await segmenter.entered.get()
        told = await ask(client, "get", b"many")
        assert (told["status"], told["batch"]["total"], told["batch"]["finished"]) == (
            "running",
            50,
            0,
        )
        assert (await ask(client, "get", b"many.7"))["status"] == "queued"
        assert (await ask(client, "cancel", b"many"))["status"] == "cancelled"
        go.set()
        await ask(client, "submit", jpeg(), Job="after")
        many, after = await ends.of("many", "after")
        assert (await ask(client, "get", b"many.7"))["status"] == "cancelled"
    queue = await client.jetstream().stream_info("LOOKALIKE_JOBS")
    assert (many["status"], after["status"]) == ("cancelled", "done")
    assert segmenter.calls == 2
    assert queue.state.messages == 0


async def test_one_photo_of_a_batch_can_be_called_off(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=PATIENT.model_copy(update={"in_flight": 1})):
        await store(client, {"a.jpg": jpeg(), "b.jpg": jpeg()})
        await ask(client, "submit", batch("a.jpg", "b.jpg", "größe 2/c.jpg"), Job="three")
        await segmenter.entered.get()
        await ask(client, "cancel", b"three.2")
        go.set()
        (ended,) = await ends.of("three")
        assert (await ask(client, "get", b"three.2"))["photo"] == "größe 2/c.jpg"
    told = [(item["photo"], item["status"]) for item in ended["batch"]["items"]]
    assert told == [("a.jpg", "done"), ("b.jpg", "done"), ("größe 2/c.jpg", "cancelled")]


async def test_a_photo_at_work_and_its_whole_batch_can_be_called_off(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    segmenter = FakeSegmenter(takes=asyncio.Event())
    async with worker_over(segmenter, server, jobs=QUICK.model_copy(update={"in_flight": 1})):
        names = ("a.jpg", "b.jpg", "c.jpg")
        await store(client, dict.fromkeys(names, jpeg()))
        await ask(client, "submit", batch(*names), Job="three")
        await segmenter.entered.get()
        assert (await ask(client, "cancel", b"three.0"))["photo"] == "a.jpg"
        await next_at_work(segmenter)
        assert (await ask(client, "cancel", b"three"))["status"] == "cancelled"
        await ask(client, "submit", jpeg(), Job="after")
        await next_at_work(segmenter)
        assert (await ask(client, "get", b"after"))["status"] == "running"


async def next_at_work(segmenter: FakeSegmenter) -> None:
    """Wait until the lane, which is stuck for good, is free for another job."""
    async with asyncio.timeout(10):
        await segmenter.entered.get()


async def test_a_large_batch_is_one_message_and_ends_once(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    workers = PATIENT.model_copy(update={"in_flight": 8})
    async with (
        worker_over(FakeSegmenter(), server, jobs=workers),
        worker_over(FakeSegmenter(), server, jobs=workers),
    ):
        await ask(client, "submit", batch(*absent(200)), Job="large")
        (ended,) = await ends.of("large")
        await ask(client, "submit", jpeg(), Job="after")
        await ends.of("after")
    assert (ended["batch"]["total"], ended["batch"]["failed"]) == (200, 200)
    assert list(ends.seen) == ["large", "after"]
