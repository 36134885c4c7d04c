"""Messages that no client library sends: each is lost alone, and the next one is answered."""

from __future__ import annotations

import json
import logging
import re

import pytest
from nats.aio.client import Client

from deployments.nats_server import NatsServer
from lookalike.client.nats_link import open_connection
from lookalike.contract.errors import UnavailableError
from lookalike.contract.schemas import ReadyReply
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.jobs_door import PATIENT, Ends, ask
from tests.functional.nats_door import fakes_over, serving, status_of, worker_over
from tests.functional.nats_wire import hpub, pub, sent, told
from worker.settings import NatsArgs

QUEUE, DEAD = "LOOKALIKE_JOBS", "LOOKALIKE_DEAD_JOBS"
CLASSIFY, JOBS = b"lookalike.v1.classify", b"lookalike.v1.queue.jobs."
ONE_AT_ONCE = PATIENT.model_copy(update={"in_flight": 1})
"""So that what is handed in later ends later."""


UNREADABLE = {
    "the reply is not UTF-8": pub(CLASSIFY, reply=b"\xff"),
    "the status is not UTF-8": hpub(CLASSIFY, b"NATS/1.0 \xff\xff\xff\r\n\r\n"),
    "the status's description is not UTF-8": hpub(CLASSIFY, b"NATS/1.0 100 \xff\xff\r\n\r\n"),
    "headers of one byte": hpub(CLASSIFY, b"N"),
    "headers that end after their version": hpub(CLASSIFY, b"NATS/1.0"),
}
GAPS = {
    "a vertical tab in the reply": pub(CLASSIFY, reply=b"a\x0bb"),
    "a form feed in the reply": pub(CLASSIFY, reply=b"a\x0c5"),
}
EVERY = UNREADABLE | GAPS


@pytest.mark.parametrize("poison", EVERY.values(), ids=EVERY)
async def test_the_request_after_it_is_answered(server: NatsServer, poison: bytes) -> None:
    asked = b"SUB _INBOX.mine 1\r\n" + poison + pub(CLASSIFY, jpeg(), reply=b"_INBOX.mine")
    async with worker_over(FakeSegmenter(), server):
        answer = await told(server, asked, until=b'"category"')
    assert b"Nats-Service-Error" not in answer


async def test_it_is_told_of_once(server: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with worker_over(FakeSegmenter(), server):
        await sent(server, *UNREADABLE.values(), *UNREADABLE.values())
        asked = b"SUB _INBOX.mine 1\r\n" + pub(CLASSIFY, jpeg(), reply=b"_INBOX.mine")
        await told(server, asked, until=b'"category"')
    lines = [message for message in caplog.messages if "can't be read" in message]
    assert len(lines) == 1
    assert "lookalike.v1.classify" in lines[0]


async def test_parameters_that_are_not_utf_8_are_refused(server: NatsServer) -> None:
    headers = b'NATS/1.0\r\nLookalike-Params: {"categories": ["' + "모자".encode("cp949") + b'"]}'
    asked = hpub(CLASSIFY, headers + b"\r\n\r\n", jpeg(), reply=b"_INBOX.mine")
    async with worker_over(FakeSegmenter(), server):
        answer = await told(server, b"SUB _INBOX.mine 1\r\n" + asked, until=b'"error"')
    assert b"Nats-Service-Error-Code: 422" in answer
    assert b"params: must be UTF-8" in answer


async def test_what_is_told_of_a_message_is_short_however_long_it_is(
    server: NatsServer, client: Client
) -> None:
    envelope = json.dumps({"image": "", "y" * 4_200_000: 1}).encode()
    params = json.dumps({"image": "", "params": {f"{n}" + "y" * 40_000: 1 for n in range(6)}})
    async with worker_over(FakeSegmenter(), server):
        for asked in (envelope, params.encode()):
            reply = await client.request("lookalike.v1.recommend", asked, timeout=5)
            message = json.loads(reply.data)["error"]["message"]
            assert status_of(reply) == "422"
            assert message.startswith(("y" * 60 + ": Extra", "0" + "y" * 59 + ": Extra"))
            assert len(message) <= 2_000


async def test_a_reply_that_fits_without_its_headers_alone_is_refused(
    server: NatsServer, client: Client
) -> None:
    recommender, backend = fakes_over(FakeSegmenter())
    ready = ReadyReply(status="ready", products=1, catalog_version=1, model_version="")
    room = client.max_payload - len(ready.model_dump_json())
    ready = ready.model_copy(update={"model_version": "m" * room})

    async def answered() -> ReadyReply:
        return ready

    args = NatsArgs(url=server.url)
    async with serving(recommender, backend, args, ready=answered):
        reply = await client.request("lookalike.v1.ready", timeout=5)
        assert status_of(reply) == "500"
        assert b"above the server's payload limit" in reply.data


async def test_an_error_too_long_to_be_sent_is_cut_short(
    server: NatsServer, client: Client
) -> None:
    recommender, backend = fakes_over(FakeSegmenter())

    async def down() -> ReadyReply:
        raise UnavailableError("down: " + "z" * client.max_payload)

    async with serving(recommender, backend, NatsArgs(url=server.url), ready=down):
        reply = await client.request("lookalike.v1.ready", timeout=5)
    message = json.loads(reply.data)["error"]["message"]
    assert (status_of(reply), message) == ("503", ("down: " + "z" * 500)[:500])
    assert (reply.headers or {})["Nats-Service-Error"] == message


POISONS = {
    "subject not UTF-8": (pub(JOBS + b"\xff", b"kept"), r"_xff\.[0-9a-f]{16}"),
    "a vertical tab": (pub(JOBS + b"a\x0b1", b"kept"), r"a_1\.[0-9a-f]{16}"),
    "headers of one byte": (hpub(JOBS + b"odd", b"N", b"kept"), "odd"),
    "headers that end": (hpub(JOBS + b"odd", b"NATS/1.0", b"kept"), "odd"),
    "long, and not UTF-8": (pub(JOBS + b"\xff" * 1_100, b"kept"), r"(_xff){12}\.[0-9a-f]{16}"),
    "as long as it can be sent": (pub(JOBS + b"a" * 4_040, b"kept"), r"a{48}\.[0-9a-f]{16}"),
}


@pytest.mark.parametrize(("poison", "letter"), POISONS.values(), ids=POISONS)
async def test_in_the_queue_it_becomes_a_dead_letter_and_the_job_after_it_is_done(
    server: NatsServer,
    client: Client,
    ends: Ends,
    caplog: pytest.LogCaptureFixture,
    poison: bytes,
    letter: str,
) -> None:
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        await sent(server, poison)
        await ask(client, "submit", jpeg(), Job="sound")
        await ends.of("sound")
    failed = {"odd": "failed"} if letter == "odd" else {}  # nobody can ask after another name
    assert {job_id: end["status"] for job_id, end in ends.seen.items()} == {
        **failed,
        "sound": "done",
    }
    buried = await client.jetstream().get_msg(DEAD, 1)
    assert re.fullmatch(rf"lookalike\.v1\.dead\.jobs\.{letter}", buried.subject or "")
    told = buried.headers or {}
    assert (buried.data, told["Lookalike-Code"]) == (b"kept", "bad_request")
    assert told["Lookalike-Deliveries"] == "1"
    assert (await client.jetstream().stream_info(QUEUE)).state.messages == 0
    assert "UnexpectedEOF" not in caplog.text


@pytest.mark.parametrize("status", ["404", "500"])
async def test_a_job_that_says_it_is_a_status_is_a_job(
    server: NatsServer, client: Client, ends: Ends, status: str
) -> None:
    headers = f"NATS/1.0\r\nStatus: {status}\r\n\r\n".encode()
    async with worker_over(FakeSegmenter(), server, jobs=ONE_AT_ONCE):
        await sent(server, hpub(JOBS + b"odd", headers, jpeg()))
        (odd,) = await ends.of("odd")
    assert (odd["status"], odd["deliveries"]) == ("done", 1)


async def test_what_is_lost_is_not_counted_as_waiting(server: NatsServer) -> None:
    connection = await open_connection(server.url, name="test")
    try:
        mine = await connection.subscribe("mine")
        await connection.flush()
        await sent(server, hpub(b"mine", b"N", b"lost"), pub(b"mine", b"read"))
        assert (await mine.next_msg(5)).data == b"read"
        assert (mine.pending_msgs, mine.pending_bytes) == (0, 0)
        assert connection.stats["reconnects"] == 0
    finally:
        await connection.close()


async def test_it_comes_to_no_subscription_of_its_senders_choice(server: NatsServer) -> None:
    connection = await open_connection(server.url, name="test")
    try:
        mine, all_of_it = await connection.subscribe("mine"), await connection.subscribe("all.>")
        await connection.flush()
        await sent(server, pub(b"all.a\x0b%d" % mine._id, b"aside"), pub(b"mine", b"mine"))
        assert (await mine.next_msg(5)).data == b"mine"
        assert (await all_of_it.next_msg(5)).subject == f"all.a\x0b{mine._id}"
    finally:
        await connection.close()
