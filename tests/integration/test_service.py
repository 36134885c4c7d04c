"""The whole service, as `lookalike up` starts it: real weights, real Ray Serve, real photos."""

from __future__ import annotations

import asyncio
import csv
import itertools
import json
import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import grpc
import httpx
import pytest

from catalog.images import ImageFolder
from catalog.street_queries import StreetQuery
from cli.settings import Settings
from deployments.local_service import LocalService
from deployments.ports import free_port
from tests.integration.checkout import CHECKOUT
from tests.integration.conftest import PATIENCE_S
from tests.integration.hostile_uploads import (
    HostileUpload,
    hostile_uploads,
    odd_pictures,
    truncated,
)
from tests.integration.processes import listening, title_of
from tests.integration.replicas import replicas, replicas_of

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

CLOTHING: Final = CHECKOUT.parent / "shared" / "data" / "clothing"
LOOKALIKE: Final = str(Path(sys.executable).with_name("lookalike"))
PATIENT: Final = ("--deadline", str(PATIENCE_S))
AGAIN_READY_WITHIN_S: Final = 60


def crop_of(query: StreetQuery) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), query.crop, strict=True))


def recommend(client: httpx.Client, query: StreetQuery, **params: Any) -> dict[str, Any]:
    reply = client.post(
        "/v1/recommend",
        files={"image": query.photo.read_bytes()},
        data={"params": json.dumps({"crop": crop_of(query), **params})},
    )
    assert reply.status_code == 200, reply.text
    body: dict[str, Any] = reply.json()
    return body


def ids_of(body: dict[str, Any]) -> list[str]:
    return [hit["product"]["id"] for hit in body["hits"]]


@pytest.mark.parametrize("categories", ["auto", "any"])
def test_street_photos_find_their_own_look(
    client: httpx.Client, street: list[StreetQuery], categories: str
) -> None:
    told, found = [], 0
    for query in street[:10]:
        body = recommend(client, query, k=3, categories=categories)
        hit = not set(ids_of(body)).isdisjoint(query.listing_ids)
        found += hit
        took_for = f"{body['category']['name']} {body['category']['confidence']:.2f}"
        told.append(f"{'+' if hit else '-'} {query.photo.name}, {took_for}: {ids_of(body)}")
    assert len(told) == 10
    assert found >= 9, f"{found} of 10 found:\n" + "\n".join(told)


def test_photos_of_real_clothes_are_classified(client: httpx.Client) -> None:
    """The way, not the model: some of the photos may have been trained on."""
    if not (CLOTHING / "labels.csv").is_file():
        pytest.skip("the clothing photos are not beside this checkout (../shared/data/clothing)")
    by_category: defaultdict[str, list[Path]] = defaultdict(list)
    with (CLOTHING / "labels.csv").open(newline="") as table:
        for row in sorted(csv.DictReader(table), key=lambda row: row["image"]):
            by_category[row["category"]].append(CLOTHING / "images" / f"{row['image']}.jpg")
    by_category.pop("", None)
    right, told = 0, []
    for category, photos in by_category.items():
        for photo in photos[:3]:
            reply = client.post("/v1/classify", files={"image": photo.read_bytes()})
            assert reply.status_code == 200, reply.text
            guess = reply.json()["category"]["name"]
            right += guess == category
            told.append(f"{category} taken for {guess}")
    assert len(told) == 39
    assert right / len(told) >= 0.5, f"{right} of {len(told)}: {told}"


@pytest.mark.parametrize("name", odd_pictures())
def test_an_odd_but_whole_picture_is_answered(client: httpx.Client, name: str) -> None:
    reply = client.post("/v1/classify", files={"image": odd_pictures()[name]})
    assert reply.status_code == 200, reply.text
    assert reply.json()["category"]["name"]


async def test_malformed_uploads_are_refused_and_cost_no_memory(service: LocalService) -> None:
    uploads = hostile_uploads(300, seed=20261)
    assert len({upload.name for upload in uploads}) == 300
    assert await wrongly_answered(service, uploads) == []
    warm = resident_bytes(service)
    for _ in range(3):
        assert await wrongly_answered(service, uploads) == []
    grown = {name: size / warm[name] - 1 for name, size in resident_bytes(service).items()}
    assert max(grown.values()) <= 0.10, grown
    assert sum(resident_bytes(service).values()) <= 1.03 * sum(warm.values()), grown
    assert service.wait_ready(10)["status"] == "ready"


async def wrongly_answered(
    service: LocalService, uploads: list[HostileUpload]
) -> list[tuple[str, int, str]]:
    """Name, status and body of each upload that got another answer than it should."""
    places = asyncio.Semaphore(8)

    async def wrong(upload: HostileUpload) -> tuple[str, int, str] | None:
        async with places:
            reply = await client.post(upload.path, **upload.request)
        try:
            answer = (reply.status_code, reply.json()["error"]["code"])
        except (ValueError, KeyError):
            answer = (reply.status_code, "")
        return None if answer in upload.answers else (upload.name, answer[0], reply.text[:300])

    async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE_S) as client:
        answers = await asyncio.gather(*(wrong(upload) for upload in uploads))
    return [answer for answer in answers if answer is not None]


def resident_bytes(service: LocalService) -> dict[str, int]:
    """By deployment, all of its replicas together."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for process, deployment in replicas(service).items():
        sizes[deployment] += process.memory_info().rss
    return dict(sizes)


async def test_a_bad_image_among_good_ones_fails_alone(
    service: LocalService, street: list[StreetQuery]
) -> None:
    rng = random.Random(4)
    photos = [query.photo.read_bytes() for query in (street * 2)[:12]]
    bad = {2, 3, 8, 11}
    sent = [truncated(p, rng) if n in bad else p for n, p in enumerate(photos)]
    headers = {"Lookalike-Deadline": str(PATIENCE_S)}
    async with httpx.AsyncClient(
        base_url=service.url, timeout=PATIENCE_S + 5, headers=headers
    ) as client:
        replies = await asyncio.gather(
            *(client.post("/v1/recommend", files={"image": photo}) for photo in sent)
        )
    assert {n for n, reply in enumerate(replies) if reply.status_code != 200} == bad
    assert {replies[n].json()["error"]["code"] for n in bad} == {"bad_image"}
    assert all(ids_of(reply.json()) for n, reply in enumerate(replies) if n not in bad)


def test_another_filter_on_a_photo_needs_no_segmentation(
    client: httpx.Client, street: list[StreetQuery]
) -> None:
    photo = street[0].photo.read_bytes() + b"another filter"
    stages = []
    for params in ("{}", '{"max_price": 30, "sort": "price"}'):
        reply = client.post("/v1/recommend", files={"image": photo}, data={"params": params})
        assert reply.status_code == 200
        stages.append(set(reply.json()["timings_ms"]))
    assert stages == [{"total", "segment", "encode", "top_k"}, {"total", "top_k"}]


def test_hits_carry_products_whose_pictures_are_the_stored_ones(
    client: httpx.Client, street: list[StreetQuery], demo: Settings
) -> None:
    product = recommend(client, street[0], k=1)["hits"][0]["product"]
    assert client.get(f"/v1/products/{product['id']}").json() == product
    similar = client.get(f"/v1/products/{product['id']}/similar", params={"k": 5}).json()
    assert similar["product"] == product
    assert product["id"] not in ids_of(similar)
    assert {hit["product"]["category"] for hit in similar["hits"]} == {product["category"]}
    picture = client.get(product["image_url"])
    key = product["image_url"].rpartition("/")[2]
    assert picture.content == ImageFolder(demo.images_dir).get(key)
    assert picture.headers["content-type"] == "image/jpeg"
    again = client.get(product["image_url"], headers={"If-None-Match": picture.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_lookalike_search_prints_what_http_answers(
    client: httpx.Client, service: LocalService, street: list[StreetQuery]
) -> None:
    query = street[1]
    done = search(query, "--k", "4", "--max-price", "60", "--json", url=service.url)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"] == recommend(client, query, k=4, max_price=60)["hits"]
    assert json.loads(done.stdout)["hits"]


def test_lookalike_search_without_a_service_says_so(street: list[StreetQuery]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = search(street[0], url=url)
    assert (done.returncode, done.stdout) == (1, "")
    told = " ".join(done.stderr.split())
    assert told == f"the service at {url} can't be reached: All connection attempts failed"


def search(query: StreetQuery, *options: str, url: str) -> subprocess.CompletedProcess[str]:
    crop = ",".join(map(str, query.crop))
    return subprocess.run(
        [LOOKALIKE, "search", query.photo, "--crop", crop, "--url", url, *PATIENT, *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
        check=False,
    )


def test_nothing_but_ports_that_ask_for_a_token_listens_beyond_loopback(
    service: LocalService,
) -> None:
    bound = listening(service.processes())
    loopback = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert {one.ip for one in bound if one.port == service.port} == {"127.0.0.1"}
    beyond = [one for one in bound if one.ip not in loopback]
    assert {one.process for one in beyond} <= set(replicas(service)), beyond
    for one in beyond:
        assert answer_without_token(one.port) == grpc.StatusCode.UNAUTHENTICATED, one


def answer_without_token(port: int) -> grpc.StatusCode:
    """How a replica's gRPC port answers who does not know the cluster's token."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            channel.unary_unary("/ray.serve.ASGIService/HandleRequest")(b"", timeout=PATIENCE_S)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


async def test_a_killed_encoder_is_replaced_and_nobody_hangs(
    service: LocalService, street: list[StreetQuery]
) -> None:
    """Stands last: it leaves the service with a new encoder."""
    photo, numbers = street[0].photo.read_bytes(), itertools.count()
    (killed,) = replicas_of(service, "encoder")
    answers: list[tuple[int, str]] = []

    async def ask() -> None:
        never_seen = photo + str(next(numbers)).encode()  # a known one needs no encoder
        reply = await client.post("/v1/recommend", files={"image": never_seen})
        answers.append((reply.status_code, reply.json().get("error", {}).get("code", "")))

    async with httpx.AsyncClient(base_url=service.url, timeout=PATIENCE_S) as client:
        await ask()
        assert answers == [(200, "")]
        async with asyncio.timeout(AGAIN_READY_WITHIN_S):
            meanwhile = [asyncio.create_task(ask()) for _ in range(6)]
            await asyncio.wait(meanwhile, return_when=asyncio.FIRST_COMPLETED)
            killed.kill()
            await asyncio.gather(*meanwhile)
            while answers[-1][0] != 200 or replicas_of(service, "encoder") in ([], [killed]):
                await ask()
    assert set(answers) <= {(200, ""), (503, "unavailable"), (504, "deadline")}
    assert service.wait_ready(AGAIN_READY_WITHIN_S)["status"] == "ready"


def test_ray_runs_nothing_that_one_machine_has_no_use_for(service: LocalService) -> None:
    lines = [title_of(process) for process in service.processes()]
    assert any("raylet" in line for line in lines)
    unused = ("dashboard/dashboard.py", "autoscaler/_private/monitor.py")
    assert not [line for line in lines if any(name in line for name in unused)]
