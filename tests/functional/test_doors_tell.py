"""Both doors tell alike of what is asked: operation, code, times; and nothing of probes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.nats_server import NatsServer
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.contract import subjects
from lookalike.telemetry.door import AnsweredRequest, Door
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import recommend
from tests.functional.jobs_door import PATIENT, ends_heard_by
from tests.functional.nats_door import fakes_over, plain_client, serving
from tests.nats_servers import nats_server
from tests.telemetry import Told, traced
from worker.jobs.desk import JobDesk
from worker.reach import NatsReach
from worker.settings import JobArgs, NatsArgs

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = f"00-{TRACE}-b7ad6b7169203331-01"


def seen(request: AnsweredRequest) -> tuple[str, str]:
    return request.operation, request.code


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def http(told: Told, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    recommender, _ = fakes_over(FakeSegmenter())
    args = GatewayArgs(max_in_flight=1)
    api = build_api(HttpApi(recommender, ImageFolder(tmp_path), args, door=Door("http", told)))
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_http_tells_what_was_asked_and_how_it_ended(
    http: httpx.AsyncClient, told: Told
) -> None:
    await recommend(http)
    await recommend(http, b"no photo")
    await recommend(http, k=0)
    await http.get("/v1/products/none")
    await http.delete("/v1/products/none")
    await http.get("/v1/images/none")
    await http.get("/v1/nowhere")
    await http.put("/v1/recommend")
    assert [seen(request) for request in told.requests] == [
        ("recommend", "ok"),
        ("recommend", "bad_image"),
        ("recommend", "bad_request"),
        ("product", "not_found"),
        ("delete_product", "forbidden"),
        ("image", "not_found"),
        ("other", "not_found"),
        ("recommend", "bad_request"),
    ]
    assert set(told.requests[0].stages_ms) == {"segment", "encode", "top_k"}
    assert {request.door for request in told.requests} == {"http"}
    assert told.at_work == 0


async def test_http_tells_nothing_of_probes(http: httpx.AsyncClient, told: Told) -> None:
    assert (await http.get("/healthz")).status_code == 200
    assert (await http.get("/readyz")).status_code == 200
    assert told.requests == []


async def test_nats_tells_the_same_names_and_codes(told: Told, server: NatsServer) -> None:
    takes = asyncio.Event()
    segmenter = FakeSegmenter(takes=takes)
    recommender, backend = fakes_over(segmenter)
    args = NatsArgs(url=server.url, max_in_flight=1)
    async with (
        serving(recommender, backend, args, door=Door("nats", told)),
        plain_client(server) as client,
    ):
        waiting = asyncio.create_task(client.request(subjects.RECOMMEND, jpeg(), timeout=10))
        await segmenter.entered.get()
        await client.request(subjects.CLASSIFY, jpeg(), timeout=20)
        assert [seen(request) for request in told.requests] == [("classify", "overloaded")]
        takes.set()
        await waiting
        await client.request(subjects.PRODUCTS_GET, b"none", timeout=20)
        await client.request(subjects.PRODUCTS_DELETE, b"none", timeout=20)
        await client.request(subjects.READY, b"", timeout=20)
    assert [seen(request) for request in told.requests[1:]] == [
        ("recommend", "ok"),
        ("product", "not_found"),
        ("delete_product", "forbidden"),
    ]
    assert set(told.requests[1].stages_ms) == {"segment", "encode", "top_k"}
    assert told.at_work == 0


async def test_nats_takes_up_the_callers_trace(server: NatsServer) -> None:
    tracer, spans = traced()
    recommender, backend = fakes_over(FakeSegmenter())
    async with (
        serving(recommender, backend, NatsArgs(url=server.url), door=Door("nats", tracer=tracer)),
        plain_client(server) as client,
    ):
        headers = {"traceparent": CALLER, "X-Request-Id": "mine"}
        await client.request(subjects.RECOMMEND, jpeg(), headers=headers, timeout=20)
    (door,) = spans.get_finished_spans()
    assert f"{door.context.trace_id:032x}" == TRACE
    assert (door.attributes or {})["lookalike.request_id"] == "mine"


async def test_each_try_of_a_job_is_told_and_continues_the_trace_that_handed_it_in(
    server: NatsServer,
) -> None:
    told = Told()
    tracer, spans = traced()
    recommender, backend = fakes_over(FakeSegmenter())
    doors = {name: Door(name, told, tracer) for name in ("nats", "jobs")}
    args = NatsArgs(url=server.url, jobs=PATIENT)
    async with (
        serving(recommender, backend, args, door=doors["nats"], job_door=doors["jobs"]),
        plain_client(server) as client,
        ends_heard_by(client) as ends,
    ):
        for job_id, photo in (("look", jpeg()), ("wrong", b"no picture")):
            headers = {"Lookalike-Job": job_id, "traceparent": CALLER}
            await client.request(subjects.JOBS_SUBMIT, photo, headers=headers, timeout=20)
        await ends.of("look", "wrong")
    by_door = {
        door: sorted(seen(request) for request in told.requests if request.door == door)
        for door in doors
    }
    assert by_door == {
        "nats": [("submit_job", "ok")] * 2,
        "jobs": [("recommend", "bad_image"), ("recommend", "ok")],
    }
    submits, tries = (
        {span.context.span_id: span for span in spans.get_finished_spans() if span.name == name}
        for name in ("submit_job", "recommend")
    )
    assert {span.parent.span_id for span in tries.values() if span.parent} == set(submits)
    assert {f"{span.context.trace_id:032x}" for span in tries.values()} == {TRACE}
    ids = {(span.attributes or {})["lookalike.request_id"] for span in tries.values()}
    assert ids == {"look", "wrong"}


async def test_jobs_that_wait_are_counted_as_long_as_the_server_says_so(
    server: NatsServer,
) -> None:
    desk, go = JobDesk(), asyncio.Event()
    assert await desk.waiting() is None
    segmenter = FakeSegmenter(takes=go)
    recommender, backend = fakes_over(segmenter)
    args = NatsArgs(url=server.url, jobs=PATIENT)
    async with (
        serving(recommender, backend, args, desk=desk),
        plain_client(server) as client,
        ends_heard_by(client) as ends,
    ):
        names = ("one", "two", "three")
        for name in names:
            await client.request(
                subjects.JOBS_SUBMIT, jpeg(), headers={"Lookalike-Job": name}, timeout=20
            )
        await segmenter.entered.get()
        assert await desk.waiting() == len(names)
        go.set()
        await ends.of(*names)
        async with asyncio.timeout(10):
            while await desk.waiting() != 0:  # each is taken out after its end is on disk
                pass
    assert await desk.waiting() is None


async def test_for_how_long_the_server_is_out_of_reach_is_told_until_it_is_back(
    server: NatsServer,
) -> None:
    recommender, backend = fakes_over(FakeSegmenter())
    async with serving(recommender, backend, NatsArgs(url=server.url)) as worker:
        reach = NatsReach(lambda: worker.is_reached)
        assert reach.out_of_reach_s() == 0
        server.kill()
        async with asyncio.timeout(10):
            while reach.out_of_reach_s() == 0:  # noqa: ASYNC110 - nothing else tells
                await asyncio.sleep(0)
        await asyncio.to_thread(server.keep_alive)
        async with asyncio.timeout(10):
            while reach.out_of_reach_s() > 0:  # noqa: ASYNC110
                await asyncio.sleep(0)


async def test_a_store_of_jobs_that_answers_no_more_is_told_though_the_server_is_there(
    server: NatsServer,
) -> None:
    desk = JobDesk()
    recommender, backend = fakes_over(FakeSegmenter())
    at_none = NatsArgs(url=server.url, jobs=JobArgs(in_flight=0))  # nobody makes it anew
    async with (
        serving(recommender, backend, at_none, desk=desk) as worker,
        plain_client(server) as client,
    ):
        assert (await desk.waiting(), worker.is_reached) == (0, True)
        await client.jetstream().delete_stream("LOOKALIKE_JOBS")
        assert (await desk.waiting(), worker.is_reached) == (None, False)
        assert worker.is_connected
