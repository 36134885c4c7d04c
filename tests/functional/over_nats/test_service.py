"""The NATS door, spoken to in the plain protocol by a client that is not ours."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from nats.aio.client import Client
from nats.errors import NoRespondersError

from deployments.nats_server import NatsServer
from lookalike.contract.errors import UnavailableError
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.nats_door import (
    everybody,
    fakes_over,
    nobody_listens,
    serving,
    status_of,
    worker_over,
)
from worker.settings import NatsArgs

SUBJECTS = {
    "recommend": "lookalike.v1.recommend",
    "classify": "lookalike.v1.classify",
    "crops": "lookalike.v1.crops",
    "products-get": "lookalike.v1.products.get",
    "products-similar": "lookalike.v1.products.similar",
    "products-put": "lookalike.v1.products.put",
    "products-delete": "lookalike.v1.products.delete",
    "jobs-submit": "lookalike.v1.jobs.submit",
    "jobs-get": "lookalike.v1.jobs.get",
    "jobs-cancel": "lookalike.v1.jobs.cancel",
    "ready": "lookalike.v1.ready",
}


def body_of(data: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(data)
    return body


async def test_a_photo_as_payload_is_answered_with_products(
    server: NatsServer, client: Client
) -> None:
    async with worker_over(FakeSegmenter(), server):
        params = '{"k": 2, "brands": ["Bolt & Söhne"], "categories": "any"}'
        reply = await client.request(
            "lookalike.v1.recommend",
            jpeg(),
            timeout=5,
            headers={"Lookalike-Params": params, "X-Request-Id": "order-42"},
        )
    body = body_of(reply.data)
    assert status_of(reply) is None
    assert {hit["product"]["brand"] for hit in body["hits"]} == {"Bolt & Söhne"}
    assert len(body["hits"]) == 2
    assert body["request_id"] == "order-42"
    assert (reply.headers or {})["X-Request-Id"] == "order-42"


async def test_json_with_a_base64_image_is_the_same_question(
    server: NatsServer, client: Client
) -> None:
    async with worker_over(FakeSegmenter(), server):
        as_json = {"image": base64.b64encode(jpeg()).decode(), "params": {"k": 3}}
        told = await client.request(
            "lookalike.v1.recommend", json.dumps(as_json).encode(), timeout=5
        )
        plain = await client.request(
            "lookalike.v1.recommend", jpeg(), timeout=5, headers={"lookalike-params": '{"k": 3}'}
        )
    assert len(body_of(told.data)["hits"]) == 3
    assert body_of(told.data)["hits"] == body_of(plain.data)["hits"]


async def test_a_product_is_asked_for_by_its_bare_id_or_in_json(
    server: NatsServer, client: Client
) -> None:
    async with worker_over(FakeSegmenter(), server):
        bare = await client.request("lookalike.v1.products.get", b"p-03\n", timeout=5)
        told = await client.request("lookalike.v1.products.get", b'{"id": "p-03"}', timeout=5)
        like = await client.request(
            "lookalike.v1.products.similar", b'{"id": "p-03", "params": {"k": 2}}', timeout=5
        )
    assert body_of(bare.data)["brand"] == "Acme"
    assert bare.data == told.data
    assert body_of(like.data)["product"] == body_of(bare.data)
    assert len(body_of(like.data)["hits"]) == 2


@pytest.mark.parametrize(
    ("payload", "headers", "named"),
    [
        (b"{", {}, "payload"),
        (b"{}", {}, "image"),
        (b'{"image": "&&&"}', {}, "image"),
        (b'{"image": "", "colour": 1}', {}, "colour"),
        (b'{"image": "", "params": 7}', {}, "params"),
        (b'{"image": "", "params": {}}', {"Lookalike-Params": "{}"}, "params"),
        (jpeg(), {"Lookalike-Params": "{"}, "params"),
        (jpeg(), {"Lookalike-Params": "x" * 300_000}, "params"),
        (jpeg(), {"Lookalike-Photo": "no-such"}, "Lookalike-Photo"),
    ],
)
async def test_a_message_that_can_not_be_read_is_a_bad_request(
    server: NatsServer, client: Client, payload: bytes, headers: dict[str, str], named: str
) -> None:
    async with worker_over(FakeSegmenter(), server):
        reply = await client.request("lookalike.v1.recommend", payload, timeout=5, headers=headers)
    error = body_of(reply.data)["error"]
    assert status_of(reply) == "422"
    assert error["code"] == "bad_request"
    assert error["message"].startswith(named)
    assert (reply.headers or {})["Nats-Service-Error"] == error["message"]


async def test_discovery_shows_endpoints_with_schemas(server: NatsServer, client: Client) -> None:
    async with worker_over(FakeSegmenter(), server), worker_over(FakeSegmenter(), server):
        pings = [body_of(m.data) for m in await everybody(client, "$SRV.PING", 2)]
        assert {ping["name"] for ping in pings} == {"lookalike"}
        assert len({ping["id"] for ping in pings}) == 2
        infos = [body_of(m.data) for m in await everybody(client, "$SRV.INFO.lookalike", 2)]
        one = await client.request(f"$SRV.INFO.lookalike.{infos[0]['id']}", timeout=5)
    assert body_of(one.data) == infos[0]
    endpoints = {endpoint["name"]: endpoint for endpoint in infos[0]["endpoints"]}
    assert {name: endpoint["subject"] for name, endpoint in endpoints.items()} == SUBJECTS
    assert {endpoint["queue_group"] for endpoint in endpoints.values()} == {"lookalike"}
    schema = json.loads(endpoints["recommend"]["metadata"]["request_schema"])
    assert schema["properties"]["image"]["format"] == "base64"
    assert "max_price" in json.dumps(schema)
    assert "hits" in json.loads(endpoints["recommend"]["metadata"]["response_schema"])["properties"]


async def test_figures_are_true(server: NatsServer, client: Client) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server, max_in_flight=1):
        working = asyncio.create_task(client.request("lookalike.v1.classify", jpeg(), timeout=30))
        await segmenter.entered.get()
        refused = await client.request("lookalike.v1.classify", jpeg(), timeout=5)
        assert status_of(refused) == "429"
        assert body_of(refused.data)["error"]["code"] == "overloaded"
        figures = await classify_figures(client)
        assert (figures["num_requests"], figures["num_errors"]) == (2, 1)
        assert figures["data"] == {"in_flight": 1, "overloaded": 1}
        assert figures["last_error"].startswith("429:")
        short = figures["processing_time"]
        go.set()
        assert status_of(await working) is None
        figures = await classify_figures(client)
    assert (figures["num_requests"], figures["num_errors"]) == (2, 1)
    assert figures["data"] == {"in_flight": 0, "overloaded": 1}
    assert figures["processing_time"] > short
    assert figures["average_processing_time"] == figures["processing_time"] // 2


async def classify_figures(client: Client) -> dict[str, Any]:
    """What the one worker there is says of its endpoint classify."""
    reply = await client.request("$SRV.STATS.lookalike", timeout=5)
    endpoints = {e["name"]: e for e in body_of(reply.data)["endpoints"]}
    figures: dict[str, Any] = endpoints["classify"]
    return figures


async def test_a_raw_socket_is_enough(server: NatsServer) -> None:
    async with worker_over(FakeSegmenter(), server):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert (await reader.readline()).startswith(b"INFO {")
        photo, headers = jpeg(), b'NATS/1.0\r\nLookalike-Params: {"k":1}\r\n\r\n'
        writer.write(
            b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\n'
            b"SUB _INBOX.mine 1\r\nPUB $SRV.PING _INBOX.mine 0\r\n\r\n"
            + b"HPUB lookalike.v1.recommend _INBOX.mine %d %d\r\n"
            % (len(headers), len(headers) + len(photo))
            + headers
            + photo
            + b"\r\n"
        )
        command, *_, size = (await reader.readline()).split()
        ping = body_of(await reader.readexactly(int(size)))
        assert (command, ping["type"]) == (b"MSG", "io.nats.micro.v1.ping_response")
        await reader.readline()
        command, *_, header_size, size = (await reader.readline()).split()
        assert command == b"HMSG"
        answer = await reader.readexactly(int(size))
        assert len(body_of(answer[int(header_size) :])["hits"]) == 1
        writer.close()
        await writer.wait_closed()


async def test_past_its_deadline_a_request_is_dropped(server: NatsServer, client: Client) -> None:
    async with worker_over(FakeSegmenter(takes=asyncio.Event()), server):
        late = await client.request(
            "lookalike.v1.classify", jpeg(), timeout=5, headers={"Lookalike-Deadline": "0.05"}
        )
        assert (status_of(late), body_of(late.data)["error"]["code"]) == ("504", "deadline")
        for wrong in ("0", "-1", "nan", "inf", "soon", "1e9"):
            reply = await client.request(
                "lookalike.v1.classify", jpeg(), timeout=5, headers={"Lookalike-Deadline": wrong}
            )
            assert status_of(reply) == "422"


async def test_past_its_deadline_a_stage_that_is_down_is_named(
    server: NatsServer, client: Client
) -> None:
    async def stages_down() -> list[str]:
        return ["encoder"]

    recommender, backend = fakes_over(FakeSegmenter(takes=asyncio.Event()))
    args = NatsArgs(url=server.url, default_deadline_s=0.05)
    async with serving(recommender, backend, args, stages_down=stages_down):
        late = await client.request("lookalike.v1.classify", jpeg(), timeout=5)
    assert (status_of(late), body_of(late.data)["error"]["code"]) == ("503", "unavailable")
    assert "encoder" in body_of(late.data)["error"]["message"]


async def test_an_unforeseen_failure_leaks_nothing(server: NatsServer, client: Client) -> None:
    class Broken(FakeSegmenter):
        async def cutout(self, photo: bytes, box: object) -> Any:
            raise ZeroDivisionError("secret /etc/passwd")

    async with worker_over(Broken(), server):
        reply = await client.request("lookalike.v1.classify", jpeg(), timeout=5)
    assert (status_of(reply), body_of(reply.data)["error"]["code"]) == ("500", "internal")
    assert b"secret" not in reply.data
    assert "secret" not in str(reply.headers)


async def test_what_nobody_waits_for_harms_nobody(server: NatsServer, client: Client) -> None:
    async with worker_over(FakeSegmenter(), server):
        await client.publish("lookalike.v1.classify", jpeg())
        reply = await client.request("lookalike.v1.classify", jpeg(), timeout=5)
    assert status_of(reply) is None


async def test_a_worker_that_stops_answers_what_it_accepted(
    server: NatsServer, client: Client
) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with worker_over(segmenter, server) as worker:
        accepted = [
            asyncio.create_task(client.request("lookalike.v1.classify", jpeg(), timeout=30))
            for _ in range(4)
        ]
        for _ in accepted:
            await segmenter.entered.get()
        worker.stop()
        await nobody_listens(client)
        go.set()
        answers = await asyncio.gather(*accepted)
    assert [status_of(answer) for answer in answers] == [None] * 4
    with pytest.raises(NoRespondersError):
        await client.request("lookalike.v1.classify", jpeg(), timeout=5)


async def test_a_stage_that_is_down_is_unavailable(server: NatsServer, client: Client) -> None:
    async with worker_over(FakeSegmenter(down=2), server):
        reply = await client.request("lookalike.v1.classify", jpeg(), timeout=5)
        assert status_of(reply) == str(UnavailableError.http_status)
        again = await client.request("lookalike.v1.classify", jpeg(), timeout=5)
        assert status_of(again) is None
