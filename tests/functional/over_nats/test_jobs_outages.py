"""Durable jobs while the service is down or full: neither is a failure of theirs."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy
from nats.js.errors import NotFoundError

from deployments.canary import canary_photo
from deployments.nats_server import NatsServer
from lookalike.contract.errors import OverloadedError, UnavailableError
from lookalike.contract.schemas import ReadyReply
from lookalike.contract.subjects import JOB_PHOTO_BUCKET
from lookalike.ports import Cutout
from lookalike.vision.crop import CropBoxPx
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import LIVELY, Ends, ask, ends_heard_by
from tests.functional.nats_door import fakes_over, plain_client, serving, status_of, worker_over
from worker.jobs.streams import AT_WORK_STREAM, CONSUMER, QUEUE_STREAM
from worker.settings import JobArgs, NatsArgs

RESULTS = "KV_lookalike-jobs"
HASTY = JobArgs(deadline_s=0.2, back_off_s=(0.02,))
"""Tries that are to fail end soon; one that is to succeed is given longer."""


class FullSegmenter(FakeSegmenter):
    """Has too much to do when it is asked for the first times."""

    def __init__(self, full: int) -> None:
        super().__init__()
        self._full = full

    async def cutout(self, photo: bytes, box: CropBoxPx) -> Cutout:
        if self._full:
            self._full -= 1
            raise OverloadedError("the segmenter has too much to do; try again later")
        return await super().cutout(photo, box)


@pytest.mark.parametrize(("how", "deadline_s"), [("hangs", 2.0), ("is down", 60.0)])
async def test_an_outage_costs_a_job_none_of_its_deliveries(
    server: NatsServer, client: Client, ends: Ends, how: str, deadline_s: float
) -> None:
    back = asyncio.Event()
    asked: asyncio.Queue[None] = asyncio.Queue()
    segmenter = FakeSegmenter(takes=back) if how == "hangs" else FakeSegmenter(down=2)
    recommender, backend = fakes_over(segmenter)

    async def ready() -> ReadyReply:
        asked.put_nowait(None)
        if not back.is_set():
            raise UnavailableError("down for now: segmenter")
        return await recommender.ready(canary_photo())

    # As many lanes as a job has deliveries, and one more: none of the idle ones is given it.
    jobs = HASTY.model_copy(update={"deadline_s": deadline_s, "in_flight": 6})
    args = NatsArgs(url=server.url, jobs=jobs)
    async with serving(recommender, backend, args, ready=ready):
        await ask(client, "submit", jpeg(), Job="waits")
        for _ in range(2):
            async with asyncio.timeout(10):
                await asked.get()
        assert (await ask(client, "get", b"waits"))["status"] == "running"
        back.set()
        (ended,) = await ends.of("waits")
    assert (ended["status"], ended["deliveries"]) == ("done", 1)


async def test_starts_of_a_service_that_does_not_stand_cost_a_job_none_of_its_deliveries(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    recommender, backend = fakes_over(FakeSegmenter(takes=asyncio.Event()))
    asked: asyncio.Queue[None] = asyncio.Queue()

    async def never() -> ReadyReply:
        asked.put_nowait(None)
        raise UnavailableError("starting: segmenter")

    args = NatsArgs(url=server.url, jobs=HASTY)
    for start in range(6):
        async with serving(recommender, backend, args, ready=never, stands=False):
            if start == 0:
                await ask(client, "submit", jpeg(), Job="waits")
            async with asyncio.timeout(10):
                await asked.get()
            assert (await ask(client, "get", b"waits"))["status"] == "queued"
    async with worker_over(FakeSegmenter(), server):
        (ended,) = await ends.of("waits")
    assert (ended["status"], ended["deliveries"]) == ("done", 1)


async def test_a_canary_that_breaks_is_an_outage_and_requests_are_answered_all_along(
    server: NatsServer, client: Client, ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    recommender, backend = fakes_over(FakeSegmenter(down=2))  # the first try asks twice
    statuses: list[str | None] = []

    async def ready() -> ReadyReply:
        asked = await client.request("lookalike.v1.products.get", b"p-03", timeout=5)
        statuses.append(status_of(asked))
        if len(statuses) in (2, 3):
            raise RuntimeError("the encoder is being restarted")
        return await recommender.ready(canary_photo())

    args = NatsArgs(url=server.url, jobs=JobArgs(back_off_s=(0.02,), in_flight=1))
    async with serving(recommender, backend, args, ready=ready):
        await ask(client, "submit", jpeg(), Job="waits")
        (ended,) = await ends.of("waits")
        await client.request("lookalike.v1.products.get", b"p-03", timeout=5)
    assert (ended["status"], ended["deliveries"]) == ("done", 2)
    assert statuses == [None] * 4
    assert caplog.text.count("RuntimeError: the encoder is being restarted") == 1


async def test_a_job_waits_for_room_past_its_deadline(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    recommender, backend = fakes_over(FullSegmenter(full=4))
    sound, _ = fakes_over(FakeSegmenter())
    less_than_it_waits = HASTY.model_copy(update={"deadline_s": 1.5})
    args = NatsArgs(url=server.url, jobs=less_than_it_waits)
    async with serving(recommender, backend, args, ready=lambda: sound.ready(canary_photo())):
        await ask(client, "submit", jpeg(), Job="patient")
        (ended,) = await ends.of("patient")
    assert (ended["status"], ended["deliveries"]) == ("done", 1)


async def test_a_job_that_hangs_alone_is_a_dead_letter_after_five_deliveries(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    recommender, backend = fakes_over(FakeSegmenter(takes=asyncio.Event()))
    sound, _ = fakes_over(FakeSegmenter())
    args = NatsArgs(url=server.url, jobs=HASTY)
    async with serving(recommender, backend, args, ready=lambda: sound.ready(canary_photo())):
        await ask(client, "submit", jpeg(), Job="hangs")
        (dead,) = await ends.of("hangs")
    assert (dead["error"]["code"], dead["deliveries"], dead["dead_letter"]) == ("deadline", 5, True)


async def test_a_store_that_takes_no_end_costs_a_job_neither_its_answer_nor_a_delivery(
    server: NatsServer, client: Client, ends: Ends, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    go, jetstream = asyncio.Event(), client.jetstream()
    segmenter = FakeSegmenter(takes=go)
    tried: asyncio.Queue[Msg] = asyncio.Queue()
    async with worker_over(segmenter, server, jobs=HASTY.model_copy(update={"deadline_s": 30.0})):
        await ask(client, "submit", jpeg(), Job="look")
        await segmenter.entered.get()
        as_it_was = (await jetstream.stream_info(RESULTS)).config
        await jetstream.update_stream(as_it_was, discard=DiscardPolicy.NEW, max_bytes=1)
        await client.subscribe("$KV.lookalike-jobs.look", cb=tried.put)
        await client.flush()
        go.set()
        for _ in range(2):
            async with asyncio.timeout(20):
                await tried.get()
        assert (await ask(client, "get", b"look"))["status"] == "running"
        await jetstream.update_stream(as_it_was)
        (ended,) = await ends.of("look")
    assert (ended["status"], ended["deliveries"], segmenter.calls) == ("done", 1, 1)
    assert "keeps its own limits" not in caplog.text  # said as a worker starts, and not each second


async def test_a_server_that_restarts_as_a_photo_is_fetched_costs_a_job_no_delivery(
    server: NatsServer, client: Client
) -> None:
    segmenter, asked = FakeSegmenter(), asyncio.Event()

    async def kill(_: Msg) -> None:
        if not asked.is_set():
            server.kill()
            asked.set()

    async with worker_over(segmenter, server, jobs=JobArgs()):
        bucket = await client.jetstream().object_store(JOB_PHOTO_BUCKET)
        await bucket.put("look/photo", jpeg() + bytes(8_000_000))  # 62 parts
        await client.subscribe(f"$JS.API.STREAM.MSG.GET.OBJ_{JOB_PHOTO_BUCKET}", cb=kill)
        await ask(client, "submit", b"", Job="look", Photo="look/photo")
        async with asyncio.timeout(20):
            await asked.wait()
        assert segmenter.calls == 0
        await asyncio.to_thread(server.keep_alive)
        async with plain_client(server) as listener, ends_heard_by(listener) as ends:
            (ended,) = await ends.of("look")
    assert (ended["status"], ended["deliveries"], segmenter.calls) == ("done", 1, 1)


async def test_a_worker_that_stops_leaves_a_job_that_can_not_be_stored_to_the_next_one(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    segmenter, jetstream = FakeSegmenter(), client.jetstream()
    never_cut_short = HASTY.model_copy(update={"deadline_s": 30.0, "drain_timeout_s": 600.0})
    async with worker_over(segmenter, server, jobs=never_cut_short) as worker:
        as_it_was = (await jetstream.stream_info(RESULTS)).config
        await jetstream.update_stream(as_it_was, discard=DiscardPolicy.NEW, max_bytes=1)
        assert worker.is_reached
        await ask(client, "submit", jpeg(), Job="look")
        async with asyncio.timeout(20):
            while worker.is_reached:  # noqa: ASYNC110 - until its end is refused
                await asyncio.sleep(0)
    await jetstream.update_stream(as_it_was)
    async with worker_over(segmenter, server, jobs=never_cut_short) as worker:
        (ended,) = await ends.of("look")
        assert worker.is_reached
    assert (ended["status"], ended["deliveries"]) == ("done", 2)


async def test_a_job_ends_in_a_store_that_came_back_empty(
    server: NatsServer, client: Client, tmp_path: Path
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=JobArgs()):
        await ask(client, "submit", jpeg(), Job="look")
        await segmenter.entered.get()
        server.kill()
        shutil.rmtree(tmp_path / "nats")
        await asyncio.to_thread(server.keep_alive)
        async with plain_client(server) as listener, ends_heard_by(listener) as ends:
            go.set()
            (ended,) = await ends.of("look")
    assert (ended["status"], ended["deliveries"], segmenter.calls) == ("done", 1, 1)


async def test_a_queue_that_goes_costs_no_job_at_work_its_answer(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go, jetstream = asyncio.Event(), client.jetstream()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, jobs=JobArgs(in_flight=2)):
        await ask(client, "submit", jpeg(), Job="look")
        await segmenter.entered.get()
        await jetstream.delete_stream(QUEUE_STREAM)
        async with asyncio.timeout(20):
            while not await is_there(jetstream, QUEUE_STREAM):  # made anew by the lane that idles
                pass
        go.set()
        (ended,) = await ends.of("look")
        await ask(client, "submit", jpeg(), Job="next")
        (other,) = await ends.of("next")
    assert (ended["status"], other["status"], segmenter.calls) == ("done", "done", 2)


async def test_notes_that_are_not_acknowledged_do_not_give_a_job_to_another_worker(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    segmenter, jetstream = FakeSegmenter(), client.jetstream()
    async with worker_over(segmenter, server, jobs=LIVELY):
        notes = (await jetstream.stream_info(AT_WORK_STREAM)).config
        await jetstream.update_stream(notes, no_ack=True)
        await ask(client, "submit", jpeg(), Job="look")
        await ends.of("look")
        delivered = (await jetstream.consumer_info(QUEUE_STREAM, CONSUMER)).delivered
    assert (delivered and delivered.consumer_seq, segmenter.calls) == (1, 1)


async def is_there(jetstream: JetStreamContext, stream: str) -> bool:
    try:
        await jetstream.stream_info(stream)
    except NotFoundError:
        return False
    return True
