"""Several workers on one server: how they share, what they do when there is too much, and alone."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from nats.aio.client import Client

from deployments.nats_server import NatsServer
from lookalike.client.nats import NatsSearchClient
from lookalike.contract.errors import ForbiddenError, UnsupportedFormatError
from lookalike.contract.schemas import RecommendParams
from lookalike.telemetry.door import Door
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import http_service
from tests.functional.nats_door import (
    everybody,
    plain_client,
    status_of,
    worker_outside,
    worker_over,
)
from tests.telemetry import traced

REQUESTS = 1_000


async def test_two_workers_share_the_load(server: NatsServer, client: Client) -> None:
    async with worker_over(FakeSegmenter(), server), worker_over(FakeSegmenter(), server):
        for _ in range(REQUESTS):
            await client.request("lookalike.v1.products.get", b"p-03", timeout=5)
        told = [json.loads(m.data) for m in await everybody(client, "$SRV.STATS.lookalike", 2)]
    served = [
        endpoint["num_requests"]
        for worker in told
        for endpoint in worker["endpoints"]
        if endpoint["name"] == "products-get"
    ]
    assert sum(served) == REQUESTS
    assert max(served) <= 0.6 * REQUESTS


async def test_at_four_times_the_capacity_each_is_answered_or_refused(
    server: NatsServer, client: Client
) -> None:
    go = asyncio.Event()
    first, second = FakeSegmenter(takes=go), FakeSegmenter(takes=go)
    async with (
        worker_over(first, server, max_in_flight=4),
        worker_over(second, server, max_in_flight=4),
    ):
        asked = [
            asyncio.create_task(client.request("lookalike.v1.classify", jpeg(), timeout=30))
            for _ in range(32)
        ]
        for busy in (first, second):
            for _ in range(4):
                await busy.entered.get()
        while sum(task.done() for task in asked) < 24:  # the refused ones do not wait for the rest
            await asyncio.wait([t for t in asked if not t.done()], return_when="FIRST_COMPLETED")
        go.set()
        ends = Counter(status_of(reply) for reply in await asyncio.gather(*asked))
    assert ends == {None: 8, "429": 24}


async def test_a_worker_outside_of_ray_serves_what_is_behind_an_http_address(
    server: NatsServer, tmp_path: Path
) -> None:
    tracer, spans = traced()
    async with (
        http_service(FakeSegmenter(), tmp_path, Door("http", tracer=tracer)) as url,
        worker_outside(url, server) as worker,
    ):
        async with NatsSearchClient(server.url) as client:
            assert len((await client.recommend(jpeg(), RecommendParams(k=3))).hits) == 3
            assert (await client.ready()).products == 30
            assert (await client.product("p-03")).brand == "Acme"
            with pytest.raises(UnsupportedFormatError):
                await client.classify(b"no picture")
            with pytest.raises(ForbiddenError):
                await client.delete_product("p-03")
        async with plain_client(server) as plain:
            headers = {"X-Request-Id": "mine"}
            await plain.request("lookalike.v1.products.get", b"p-03", headers=headers, timeout=20)
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
        assert worker.stderr is not None
        log = await worker.stderr.read()
    assert not re.search(rb"Traceback|ERROR", log)
    told = [json.loads(line) for line in log.splitlines()]
    assert [line["operation"] for line in told if line.get("request_id") == "mine"] == ["product"]
    at_http = {
        (span.attributes or {})["lookalike.request_id"] for span in spans.get_finished_spans()
    }
    assert "mine" in at_http, "the worker asks under another id than it was asked under"


async def test_a_worker_outside_of_ray_loads_nothing_heavy() -> None:
    loaded = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "import sys, worker.__main__; print(*sys.modules)"),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await loaded.communicate()
    modules = {name.partition(".")[0] for name in told.decode().split()}
    assert "nats" in modules
    assert not modules & {"ray", "torch", "onnxruntime", "rembg", "fastapi", "sqlalchemy"}
