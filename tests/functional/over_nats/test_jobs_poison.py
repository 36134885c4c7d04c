"""Messages that no worker of this version can read: they go, and what is sound goes on."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

from deployments.nats_server import NatsServer
from deployments.settings import GatewayArgs
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import RecommendParams, RecommendReply
from lookalike.recommender import Recommender
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT, Ends, ask
from tests.functional.nats_door import fakes_over, serving, worker_over
from tests.functional.nats_wire import hpub, pub, sent
from worker.local_backend import LocalBackend
from worker.settings import NatsArgs

QUEUE, DEAD = "LOOKALIKE_JOBS", "LOOKALIKE_DEAD_JOBS"
ONE_AT_ONCE = PATIENT.model_copy(update={"in_flight": 1})
"""So that what is handed in later ends later."""


@pytest.mark.parametrize(
    ("job_id", "payload", "headers"),
    [
        ("odd", b"5", {"Form": "batch"}),
        ("odd", b"[1, 2]", {"Form": "batch"}),
        ("odd", b"[]", {"Form": "batch"}),
        ("odd", b"\xff", {"Form": "batch"}),
        ("odd", json.dumps(["a"] * 1_001).encode(), {"Form": "batch"}),
        ("odd", jpeg(), {"Params": "5"}),
        ("odd", b"", {"Photo": "a" * 201}),
        ("odd.0", jpeg(), {"Batch-Size": "-5"}),
        ("odd.0", jpeg(), {"Batch-Size": "many"}),
        ("größer", jpeg(), {}),
        ("a.b.c", jpeg(), {}),
    ],
)
async def test_what_is_no_job_is_a_dead_letter_at_once(
    server: NatsServer,
    client: Client,
    ends: Ends,
    job_id: str,
    payload: bytes,
    headers: dict[str, str],
) -> None:
    named = {f"Lookalike-{name}": value for name, value in headers.items()}
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        js = client.jetstream()
        await js.publish(f"lookalike.v1.queue.jobs.{job_id}", payload, headers=named)
        await ask(client, "submit", jpeg(), Job="sound")
        (sound,) = await ends.of("sound")
    letter = await js.get_msg(DEAD, 1)
    told = letter.headers or {}
    assert sound["status"] == "done"
    assert (letter.data or b"", told["Lookalike-Code"], told["Lookalike-Deliveries"]) == (
        payload,
        "bad_request",
        "1",
    )
    assert (await js.stream_info(QUEUE)).state.messages == 0


async def test_a_job_whose_parameters_this_version_refuses_has_failed_and_ends_its_batch(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    """As a version before wrote them, whose schema took a brand of blanks."""
    refused = {"Lookalike-Params": '{"brands": [" "]}'}
    in_batch = {"Lookalike-Photo": "pair/a.jpg", "Lookalike-Batch-Size": "2"}
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        js = client.jetstream()
        bucket = await js.object_store("lookalike-job-photos")
        await bucket.put("pair/a.jpg", jpeg())
        queue = "lookalike.v1.queue.jobs"
        await js.publish(f"{queue}.look", jpeg(), headers=refused)
        await js.publish(
            f"{queue}.shelf", b'["a.jpg"]', headers=refused | {"Lookalike-Form": "batch"}
        )
        await js.publish(f"{queue}.pair.0", b"", headers=refused | in_batch)
        await js.publish(f"{queue}.pair.1", jpeg(), headers={"Lookalike-Batch-Size": "2"})
        look, shelf, pair = await ends.of("look", "shelf", "pair")
        asked, photo = [await ask(client, "get", job_id) for job_id in (b"look", b"pair.0")]
    for end in (look, shelf, photo):
        assert (end["status"], end["error"]["code"]) == ("failed", "bad_request")
        assert "brands" in end["error"]["message"]
        assert (end["dead_letter"], end["deliveries"]) == (True, 1)
    assert asked == look
    assert [(item["photo"], item["status"]) for item in pair["batch"]["items"]] == [
        ("pair/a.jpg", "failed"),
        ("", "done"),
    ]
    assert (await js.stream_info(QUEUE)).state.messages == 0
    assert (await js.stream_info(DEAD)).state.messages == 3
    assert (await bucket.get("pair/a.jpg")).data == jpeg()


async def test_a_header_that_no_client_would_send_keeps_no_dead_letter_from_its_stream(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    headers = b"NATS/1.0\r\nX(y): 1\r\nOwn: 2\r\nLookalike-Params: 5\r\n\r\n"
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        await sent(server, hpub(b"lookalike.v1.queue.jobs.odd", headers, jpeg()))
        await ask(client, "submit", jpeg(), Job="sound")
        await ends.of("sound")
    js = client.jetstream()
    told = (await js.get_msg(DEAD, 1)).headers or {}
    assert (told["Lookalike-Code"], told["Own"]) == ("bad_request", "2")
    assert (await js.stream_info(QUEUE)).state.messages == 0


@pytest.mark.parametrize("size", ["-5", "many"])
async def test_a_photo_that_does_not_say_of_how_many_it_is_ends_no_batch(
    server: NatsServer, client: Client, ends: Ends, size: str
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        await client.jetstream().publish(
            "lookalike.v1.queue.jobs.odd.0", jpeg(), headers={"Lookalike-Batch-Size": size}
        )
        await ask(client, "submit", jpeg(), Job="sound")
        await ends.of("sound")
        odd = await ask(client, "get", b"odd.0")
    assert odd["status"] == "failed"
    assert set(ends.seen) == {"sound"}


@pytest.mark.parametrize("header_chars", [0, 60_000], ids=["content alone", "with a long header"])
async def test_of_what_leaves_no_room_for_the_reason_the_beginning_is_kept(
    server: NatsServer, client: Client, ends: Ends, header_chars: int
) -> None:
    own = {"Own": "x" * header_chars} if header_chars else None
    payload = b"\xff" * (client.max_payload - (header_chars + 64 if own else 0))
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        await client.publish("lookalike.v1.queue.jobs.größer", payload, headers=own)
        await ask(client, "submit", jpeg(), Job="sound")
        (sound,) = await ends.of("sound")
    js = client.jetstream()
    letter = await js.get_msg(DEAD, 1)
    told = letter.headers or {}
    assert sound["status"] == "done"
    assert told["Lookalike-Code"] == "bad_request"
    assert told["Lookalike-Bytes"] == str(len(payload))
    assert payload.startswith(letter.data or b"-")
    assert len(letter.data or b"") > len(payload) - 2_000
    assert "Own" not in told
    assert (await js.stream_info(QUEUE)).state.messages == 0


async def test_a_job_whose_end_this_version_can_not_read_has_ended(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        results = await client.jetstream().key_value("lookalike-jobs")
        await results.put("newer", b'{"id": "newer", "status": "perhaps"}')
        await client.jetstream().publish("lookalike.v1.queue.jobs.newer", jpeg())
        await ask(client, "submit", jpeg(), Job="sound")
        await ends.of("sound")
    assert (await client.jetstream().stream_info(QUEUE)).state.messages == 0
    assert (await client.jetstream().stream_info(DEAD)).state.messages == 0


async def test_a_batch_ends_whatever_this_version_can_not_read_of_its_photos(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=PATIENT):
        bucket = await client.jetstream().object_store("lookalike-job-photos")
        await bucket.put("a.jpg", jpeg())
        results = await client.jetstream().key_value("lookalike-jobs")
        await results.put("pair.0", b'{"id": "pair.0", "status": "perhaps"}')
        await results.put("pair.note", b"not a place of it")
        await ask(client, "submit", b'{"id": "pair", "photos": ["b.jpg", "a.jpg"]}')
        (ended,) = await ends.of("pair")
    told = [(item["id"], item["status"]) for item in ended["batch"]["items"]]
    assert told == [("pair.0", "failed"), ("pair.1", "done")]


class _WrongReplies(LocalBackend):
    """Answers what no job can end with."""

    def __init__(self, recommender: Recommender) -> None:
        super().__init__(recommender, GatewayArgs())
        self.recommend = self._wrong

    async def _wrong(
        self, photo: bytes, params: RecommendParams, request_id: str, listener: object = None
    ) -> RecommendReply:
        return cast(RecommendReply, "no reply")


async def test_a_job_on_which_a_worker_stumbles_is_given_up_and_the_worker_goes_on(
    server: NatsServer, client: Client, ends: Ends
) -> None:
    recommender, _ = fakes_over(FakeSegmenter())
    args = NatsArgs(url=server.url, jobs=PATIENT)
    async with serving(recommender, _WrongReplies(recommender), args):
        await ask(client, "submit", jpeg(), Job="first")
        await ask(client, "submit", b"", Job="second", Photo="no-such-object")
        first, second = await ends.of("first", "second")
    assert (first["error"]["code"], first["deliveries"], first["dead_letter"]) == (
        "internal",
        5,
        True,
    )
    assert second["error"]["code"] == "bad_request"


async def test_ends_that_can_not_be_read_are_passed_over(
    server: NatsServer, client: Client
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with (
        worker_over(segmenter, server, jobs=PATIENT),
        NatsJobsClient(server.url) as jobs,
    ):
        await jobs.submit(jpeg(), job_id="look")
        following = asyncio.create_task(_end_of(jobs, "look"))
        await segmenter.entered.get()
        while not await _is_heard(client, "lookalike.v1.jobs.look.done"):
            pass
        for odd in (b"", b"no JSON", b'{"id": "look", "status": "perhaps"}'):
            await client.publish("lookalike.v1.jobs.look.done", odd)
        await client.flush()
        await sent(server, pub(b"lookalike.v1.jobs.look.done", reply=b"\xff"))
        go.set()
        async with asyncio.timeout(30):
            end = await following
    assert end.status == "done"


async def _end_of(jobs: NatsJobsClient, job_id: str) -> JobReply:
    (end,) = [reply async for reply in jobs.ends([job_id])]
    return end


async def _is_heard(client: Client, subject: str) -> bool:
    """Whether anybody listens on a subject, who does not answer there."""
    try:
        await client.request(subject, b"", timeout=0.2)
    except NoRespondersError:
        return False
    except NatsTimeoutError:
        return True
    pytest.fail(f"an answer on {subject}")
