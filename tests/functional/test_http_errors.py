"""The HTTP door over stages that run in this process: errors, limits, deadlines."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from catalog.images import ImageFolder
from deployments.api import HttpApi
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.recommender import Recommender
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, jpeg, manifest
from tests.functional.http_door import client_over, code_of, recommend


@pytest.mark.parametrize(
    ("params", "code", "names"),
    [
        ({"k": 0}, "bad_request", "k"),
        ({"k": 101}, "bad_request", "k"),
        ({"k": "many"}, "bad_request", "k"),
        ({"categories": ["spaceship"]}, "bad_request", "categories"),
        ({"categories": []}, "bad_request", "categories"),
        ({"colour": "red"}, "bad_request", "colour"),
        ({"sort": "magic"}, "bad_request", "sort"),
        ({"max_price": -1}, "bad_request", "max_price"),
        ({"min_price": 9, "max_price": 3}, "bad_request", "min_price"),
        ({"currency": "dollars"}, "bad_request", "currency"),
        ({"crop": {"x": 0, "y": 0, "width": 10}}, "bad_request", "crop.height"),
        ({"crop": "all"}, "bad_request", "crop"),
        ({"crop": {"x": 0, "y": 0, "width": float("nan"), "height": 9}}, "bad_crop", "width"),
        ({"crop": {"x": 0, "y": 0, "width": 7, "height": 90}}, "bad_crop", "8 px"),
        ({"crop": {"x": 900, "y": 0, "width": 50, "height": 90}}, "bad_crop", "outside"),
        ({"crop": {"x": 1e308, "y": 0, "width": 1e308, "height": 90}}, "bad_crop", "x"),
    ],
)
async def test_a_wrong_parameter_is_named(
    client: httpx.AsyncClient, params: dict[str, Any], code: str, names: str
) -> None:
    reply = await recommend(client, **params)
    assert code_of(reply) == (422, code)
    assert names in reply.json()["error"]["message"]


async def test_what_is_no_picture_is_refused(client: httpx.AsyncClient) -> None:
    assert code_of(await recommend(client, b"")) == (415, "bad_image")
    assert code_of(await recommend(client, b"%PDF-1.7 not a picture")) == (415, "bad_image")
    assert code_of(await recommend(client, jpeg()[:400])) == (422, "bad_image")


async def test_too_many_bytes_and_too_many_pixels_are_refused(client: httpx.AsyncClient) -> None:
    assert code_of(await recommend(client, jpeg() + bytes(15_000_001))) == (413, "image_too_large")
    wide = io.BytesIO()
    Image.new("1", (10_001, 5_000)).save(wide, "PNG")
    assert code_of(await recommend(client, wide.getvalue())) == (413, "image_too_large")


async def test_an_endless_body_is_cut_off(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        while True:
            sent += 1 << 20
            yield bytes(1 << 20)

    reply = await client.post(
        "/v1/recommend",
        content=endless(),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert code_of(reply) == (413, "image_too_large")
    assert sent < 20 << 20


@pytest.mark.parametrize(
    "request_kwargs",
    [
        {},
        {"json": {"image": "x"}},
        {"data": {"image": "a string"}},
        {"files": {"picture": b"x"}},
        {"files": {"image": b"x", "more": b"y"}},
        {"files": [("image", jpeg()), ("image", jpeg())]},
        {"files": {"image": jpeg(), "params": b"{"}},
        {"files": {"image": jpeg(), "params": b'{"brands": ["\xff"]}'}},
        {"files": {"image": jpeg(), "params": b"{}" + b" " * 300_000}},
        {"files": {"image": jpeg(), "params": b"{}"}, "data": {"params": "{}"}},
        {"files": {"params": b"{}"}},
        {"files": {"image": b"x"}, "data": {"paramz": "{}"}},
        {"files": {"image": b"x"}, "data": {"params": "{"}},
        {"files": {"image": b"x"}, "data": {"params": "[1]"}},
        {"files": {"image": b"x"}, "data": {"params": "x" * 300_000}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data"}},
        {"content": b"junk", "headers": {"content-type": "multipart/form-data; boundary=x"}},
    ],
)
async def test_a_form_that_is_none_is_a_bad_request(
    client: httpx.AsyncClient, request_kwargs: dict[str, Any]
) -> None:
    assert code_of(await client.post("/v1/recommend", **request_kwargs)) == (422, "bad_request")


async def test_unknown_addresses_and_methods_are_errors_of_the_same_form(
    client: httpx.AsyncClient,
) -> None:
    assert code_of(await client.get("/nothing")) == (404, "not_found")
    assert code_of(await client.get("/v1/recommend")) == (405, "bad_request")
    assert code_of(await client.get("/v1/products/" + "x" * 201)) == (422, "bad_request")


async def test_a_callers_request_id_comes_back_unless_it_is_hostile(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.get("/healthz", headers={"x-request-id": "order-42"})
    assert reply.headers["x-request-id"] == "order-42"
    reply = await client.get("/healthz", headers={"x-request-id": "a b;{}" * 30})
    assert len(reply.headers["x-request-id"]) == 32


async def test_a_stage_that_is_down_is_asked_twice(tmp_path: Path) -> None:
    segmenter = FakeSegmenter(down=1)
    async with client_over(segmenter, tmp_path) as client:
        assert (await recommend(client)).status_code == 200
        assert segmenter.calls == 2
        segmenter.down = 2
        reply = await recommend(client)
        assert code_of(reply) == (503, "unavailable")
        assert (await client.get("/readyz")).status_code == 200


async def test_past_its_deadline_a_request_is_dropped(tmp_path: Path) -> None:
    never = asyncio.Event()
    async with client_over(FakeSegmenter(takes=never), tmp_path) as client:
        reply = await client.post(
            "/v1/recommend", files={"image": jpeg()}, headers={"lookalike-deadline": "0.05"}
        )
        assert code_of(reply) == (504, "deadline")
        for wrong in ("0", "-1", "nan", "inf", "soon", "1e9"):
            reply = await client.post("/v1/recommend", headers={"lookalike-deadline": wrong})
            assert code_of(reply) == (422, "bad_request")


async def test_past_its_deadline_a_stage_that_is_down_is_named(tmp_path: Path) -> None:
    async def stages_down() -> list[str]:
        return ["encoder"]

    segmenter = FakeSegmenter(takes=asyncio.Event())
    recommender = Recommender(segmenter, FakeEncoder(), colour_shards(), manifest())
    args = GatewayArgs(default_deadline_s=0.05)
    routes = HttpApi(recommender, ImageFolder(tmp_path), args, stages_down=stages_down)
    transport = httpx.ASGITransport(build_api(routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        reply = await recommend(client)
    assert code_of(reply) == (503, "unavailable")
    assert "encoder" in reply.json()["error"]["message"]


async def test_more_than_may_be_in_flight_is_refused_at_once(tmp_path: Path) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with client_over(segmenter, tmp_path, max_in_flight=2) as client:
        working = [asyncio.create_task(recommend(client)) for _ in range(2)]
        await segmenter.entered.get()
        await segmenter.entered.get()
        refused = await recommend(client)
        assert code_of(refused) == (429, "overloaded")
        assert refused.headers["retry-after"] == "1"
        go.set()
        assert [reply.status_code for reply in await asyncio.gather(*working)] == [200, 200]
        assert (await recommend(client)).status_code == 200


async def test_readiness_runs_a_canary_and_says_when_a_stage_is_down(tmp_path: Path) -> None:
    async with client_over(FakeSegmenter(), tmp_path) as client:
        body = (await client.get("/readyz")).json()
        assert body["status"] == "ready"
        assert body["products"] == 30
    async with client_over(FakeSegmenter(down=99), tmp_path) as client:
        assert code_of(await client.get("/readyz")) == (503, "unavailable")
        assert (await client.get("/healthz")).json() == {"status": "ok"}


async def test_an_unforeseen_failure_leaks_nothing(tmp_path: Path) -> None:
    class Broken(FakeSegmenter):
        async def cutout(self, photo: bytes, box: object) -> Any:
            raise ZeroDivisionError("secret /etc/passwd")

    async with client_over(Broken(), tmp_path) as client:
        reply = await recommend(client)
        assert code_of(reply) == (500, "internal")
        assert "secret" not in reply.text
