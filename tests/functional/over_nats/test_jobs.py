"""Durable jobs, handed in and asked after in the plain protocol by a client that is not ours."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from deployments.canary import canary_photo
from deployments.nats_server import NatsServer
from lookalike.contract.jobs import SubmitReply
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import LIVELY, PATIENT, Ends, PickySegmenter, ask, refused
from tests.functional.nats_door import (
    fakes_over,
    serving,
    worker_over,
)
from worker.jobs.desk import JobDesk
from worker.jobs.messages import Submission
from worker.settings import NatsArgs

NO_PICTURE = b"no picture at all"
QUEUE, DEAD = "LOOKALIKE_JOBS", "LOOKALIKE_DEAD_JOBS"


async def test_a_job_is_answered_later_and_the_same_for_ever(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        stored = await ask(client, "submit", jpeg(), Job="look-1", Params='{"k": 2}')
        assert (stored["id"], stored["new"]) == ("look-1", True)
        (ended,) = await ends.of("look-1")
        assert (ended["status"], ended["deliveries"]) == ("done", 1)
        assert len(ended["result"]["hits"]) == 2
        assert await ask(client, "get", b"look-1") == ended
        again = await ask(client, "submit", jpeg((0, 0, 255)), Job="look-1")
        assert (again["status"], again["new"]) == ("done", False)
        assert await ask(client, "get", b'{"id": "look-1"}') == ended
    assert list(ends.seen) == ["look-1"]


async def test_a_job_without_an_id_is_given_one(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    as_json = {"image": base64.b64encode(jpeg()).decode(), "params": {"k": 3}}
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        stored = await ask(client, "submit", json.dumps(as_json).encode())
        (ended,) = await ends.of(stored["id"])
    assert len(ended["result"]["hits"]) == 3


class LateDesk(JobDesk):
    """Stores a job, or does not, and does not say so in time."""

    async def submit(self, sent: Submission, request_id: str) -> SubmitReply:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(
    ("payload", "headers", "told"),
    [
        (jpeg(), {"Job": "mine"}, "it is safe to send it again"),
        (b'{"photos": ["b/a"], "id": "b"}', {}, "it is safe to send it again"),
        (jpeg(), {}, "sent again it is another one"),
        (b'{"photos": ["b/a"]}', {}, "sent again it is another one"),
    ],
)
async def test_what_may_or_may_not_be_stored_is_safe_to_send_again_under_an_id_alone(
    server: NatsServer, client: Client, payload: bytes, headers: dict[str, str], told: str
) -> None:
    recommender, backend = fakes_over(FakeSegmenter())
    args = NatsArgs(url=server.url, jobs=PATIENT)
    async with serving(recommender, backend, args, desk=LateDesk()):
        error = await refused(client, "submit", payload, Deadline="0.05", **headers)
    assert (error["code"], error["message"]) == (
        "deadline",
        f"no answer within 0.05 s; the change may or may not be stored: {told}",
    )


@pytest.mark.parametrize(
    ("what", "payload", "headers", "named"),
    [
        ("submit", b"", {}, "image"),
        ("submit", b"{", {}, "payload"),
        ("submit", b"{}", {}, "image"),
        ("submit", b'{"image": "&&&"}', {}, "image"),
        ("submit", b'{"photos": []}', {}, "photos"),
        ("submit", b'{"photos": ["a"], "image": "aaaa"}', {}, "image"),
        ("submit", b'{"photos": ["a"], "id": "a.b"}', {}, "id"),
        ("submit", b'{"photos": ["a"], "id": "x"}', {"Job": "y"}, "id"),
        ("submit", json.dumps({"photos": ["a"] * 1001}).encode(), {}, "photos"),
        ("submit", b'{"photos": ["b/a", "b/a"], "id": "b"}', {}, "photos"),
        ("submit", json.dumps({"photos": ["shared"] * 1000}).encode(), {}, "photos"),
        ("submit", jpeg(), {"Job": "in > wild * cards"}, "Lookalike-Job"),
        ("submit", jpeg(), {"Job": "x" * 49}, "Lookalike-Job"),
        ("submit", jpeg(), {"Params": '{"k": 0}'}, "k"),
        ("submit", jpeg(), {"Photo": "and-an-object"}, "image"),
        ("get", b"", {}, "id"),
        ("get", b"\xff\xfe", {}, "id"),
        ("get", b"a.all", {}, "id"),
        ("get", b'{"id": "a", "colour": 1}', {}, "colour"),
        ("cancel", b">", {}, "id"),
    ],
)
async def test_what_can_not_be_a_job_is_refused_at_once(
    server: NatsServer,
    client: Client,
    what: str,
    payload: bytes,
    headers: dict[str, str],
    named: str,
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        error = await refused(client, what, payload, **headers)
    assert (error["code"], error["message"].partition(":")[0]) == ("bad_request", named)


async def test_a_photo_that_is_none_fails_alone_and_is_tried_once(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        await ask(client, "submit", NO_PICTURE, Job="wrong")
        await ask(client, "submit", jpeg(), Job="outside", Params=json.dumps({"crop": OUTSIDE}))
        await ask(client, "submit", b"", Job="absent", Photo="no-such-object")
        await ask(client, "submit", jpeg(), Job="right")
        wrong, outside, absent, right = await ends.of("wrong", "outside", "absent", "right")
    assert [end["status"] for end in (wrong, outside, absent, right)] == ["failed"] * 3 + ["done"]
    codes = [end["error"]["code"] for end in (wrong, outside, absent)]
    assert codes == ["bad_image", "bad_crop", "bad_request"]
    assert [end["deliveries"] for end in (wrong, outside, absent)] == [1, 1, 1]
    assert not any(end["dead_letter"] for end in (wrong, outside, absent))


OUTSIDE = {"x": 5000, "y": 5000, "width": 50, "height": 50}


async def test_a_job_at_work_is_running_for_as_long_as_its_worker_gives_signs_of_life(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go, signs = asyncio.Event(), asyncio.Queue[Msg]()
    segmenter = FakeSegmenter(down=2, takes=go)  # each try asks twice: the first one fails
    await client.subscribe("$KV.lookalike-jobs-at-work.slow", cb=signs.put)
    recommender, backend = fakes_over(segmenter)
    sound, _ = fakes_over(FakeSegmenter())
    async with serving(
        recommender,
        backend,
        NatsArgs(url=server.url, jobs=LIVELY),
        ready=lambda: sound.ready(canary_photo()),
    ):
        await ask(client, "submit", jpeg(), Job="slow")
        told: list[bytes] = []
        async with asyncio.timeout(20):
            while told.count(b"2") < 5:  # more than the time after which a note is forgotten
                told.append((await signs.get()).data)
        at_work = await ask(client, "get", b"slow")
        again = await ask(client, "submit", jpeg(), Job="slow")
        go.set()
        (ended,) = await ends.of("slow")
        assert await ask(client, "get", b"slow") == ended
    assert (at_work["status"], at_work["deliveries"]) == ("running", 2)
    assert (again["status"], again["new"]) == ("running", False)
    assert (ended["status"], ended["deliveries"]) == ("done", 2)


async def test_what_fails_for_now_is_tried_again(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(down=2), server, jobs=PATIENT):
        await ask(client, "submit", jpeg(), Job="later")
        (ended,) = await ends.of("later")
    assert (ended["status"], ended["deliveries"]) == ("done", 2)


async def test_after_five_deliveries_a_job_is_a_dead_letter_with_the_reason(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    poison = jpeg((1, 2, 3))
    async with worker_over(PickySegmenter(poison), server, jobs=PATIENT):
        await ask(client, "submit", poison, Job="poison", Params='{"k": 7}')
        await ask(client, "submit", jpeg(), Job="sound")
        dead, sound = await ends.of("poison", "sound")
        letter = await client.jetstream().get_last_msg(DEAD, "lookalike.v1.dead.jobs.poison")
    queue = await client.jetstream().stream_info(QUEUE)  # all is acknowledged when a worker ends
    assert sound["status"] == "done"
    assert (dead["status"], dead["deliveries"], dead["dead_letter"]) == ("failed", 5, True)
    assert dead["error"]["code"] == "unavailable"
    assert letter.data == poison
    told = letter.headers or {}
    assert (told["Lookalike-Code"], told["Lookalike-Deliveries"]) == ("unavailable", "5")
    assert told["Lookalike-Reason"] == dead["error"]["message"]
    assert told["Lookalike-Params"] == '{"k":7}'
    assert queue.state.messages == 0


async def test_an_unforeseen_failure_ends_in_a_dead_letter_that_leaks_nothing(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    poison = jpeg((1, 2, 3))
    segmenter = PickySegmenter(poison, ZeroDivisionError("secret /etc/passwd"))
    async with worker_over(segmenter, server, jobs=PATIENT):
        await ask(client, "submit", poison, Job="poison")
        (dead,) = await ends.of("poison")
    assert (dead["error"]["code"], dead["deliveries"]) == ("internal", 5)
    assert "secret" not in json.dumps(dead)


async def test_each_try_waits_longer_than_the_one_before(
    server: NatsServer, client: Client
) -> None:
    patient = PATIENT.model_copy(update={"back_off_s": (0.02, 0.02, 10_000.0)})
    poison = jpeg((1, 2, 3))
    segmenter = PickySegmenter(poison)
    naks: asyncio.Queue[Msg] = asyncio.Queue()
    await client.subscribe(f"$JS.ACK.{QUEUE}.>", cb=naks.put)
    async with worker_over(segmenter, server, jobs=patient):
        await ask(client, "submit", poison, Job="poison")
        waits = [await next_nak(naks) for _ in range(3)]
        assert (await ask(client, "get", b"poison"))["status"] == "queued"
        consumer = await client.jetstream().consumer_info(QUEUE, "workers")
    assert waits == [0.02, 0.02, 10_000.0]
    assert consumer.num_ack_pending == 1


async def next_nak(acknowledgements: asyncio.Queue[Msg]) -> float:
    """Seconds that the next try is put off by."""
    while True:
        async with asyncio.timeout(10):
            kind, _, options = (await acknowledgements.get()).data.partition(b" ")
        if kind == b"-NAK":
            return float(json.loads(options)["delay"]) / 1e9


async def test_what_nobody_handed_in_is_not_found(server: NatsServer, client: Client) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        for what in ("get", "cancel"):
            for job_id in (b"nobodys", b"nobodys.3"):
                assert (await refused(client, what, job_id))["code"] == "not_found"


async def test_a_job_delivered_twice_is_answered_once(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    acknowledged: asyncio.Queue[Msg] = asyncio.Queue()
    await client.subscribe(f"$JS.ACK.{QUEUE}.>", cb=acknowledged.put)
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        for _ in range(3):  # past every guard of submit
            await client.jetstream().publish("lookalike.v1.queue.jobs.twice", jpeg())
        (twice,) = await ends.of("twice")
        async with asyncio.timeout(10):
            assert [(await acknowledged.get()).data for _ in range(3)] == [b"", b"", b""]
        assert await ask(client, "get", b"twice") == twice
    assert list(ends.seen) == ["twice"]


async def test_while_a_job_is_at_work_nobody_else_gets_it(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    signs: asyncio.Queue[Msg] = asyncio.Queue()
    await client.subscribe(f"$JS.ACK.{QUEUE}.>", cb=signs.put)
    async with (
        worker_over(segmenter, server, jobs=LIVELY),
        worker_over(segmenter, server, jobs=LIVELY),
    ):
        await ask(client, "submit", jpeg(), Job="long")
        for _ in range(4):  # three of them in the time after which it would go to another one
            async with asyncio.timeout(10):
                assert (await signs.get()).data == b"+WPI"
        assert (await client.jetstream().consumer_info(QUEUE, "workers")).num_redelivered == 0
        go.set()
        (ended,) = await ends.of("long")
    assert (ended["deliveries"], segmenter.calls) == (1, 1)


async def test_a_worker_that_stops_ends_its_job_or_hands_it_back(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    busy = FakeSegmenter(takes=asyncio.Event())
    hasty = PATIENT.model_copy(update={"drain_timeout_s": 0.05, "ack_wait_s": 1000.0})
    async with worker_over(busy, server, jobs=hasty) as worker:
        await ask(client, "submit", jpeg(), Job="handed-back")
        await busy.entered.get()
        worker.stop()
    async with worker_over(FakeSegmenter(), server, jobs=hasty):
        (ended,) = await ends.of("handed-back")
    assert (ended["status"], ended["deliveries"]) == ("done", 2)


async def test_a_photo_above_the_payload_limit_is_refused_and_the_connection_kept(
    server: NatsServer, client: Client
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        nearly = b"\xff" * (client.max_payload - 1000)
        error = await refused(client, "submit", nearly, Job="large")
        assert error["code"] == "image_too_large"
        assert (await refused(client, "get", b"large"))["code"] == "not_found"
