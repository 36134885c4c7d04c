"""The HTTP door over stages that run in this process: what it answers."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from catalog.images import ImageFolder
from lookalike.contract.schemas import RecommendParams
from lookalike.ports import Encoded
from lookalike.recommender import Recommender
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, jpeg, manifest
from tests.functional import openapi_document
from tests.functional.http_door import client_over, code_of, recommend
from tests.functional.openapi_document import OPENAPI


async def test_the_nearest_products_come_with_prices_links_and_pictures(
    client: httpx.AsyncClient,
) -> None:
    reply = await recommend(client, k=3, crop={"x": 0, "y": 0, "width": 100, "height": 100})
    body = reply.json()
    assert reply.status_code == 200
    assert body["category"]["name"] == "t-shirt"
    assert body["crop"] == {"x": 0, "y": 0, "width": 100, "height": 100, "clipped": False}
    assert [hit["rank"] for hit in body["hits"]] == [1, 2, 3]
    assert {hit["product"]["category"] for hit in body["hits"]} == {"t-shirt"}
    first = body["hits"][0]["product"]
    assert first["id"] == "p-03"
    assert first["price"] == 17.5
    assert body["verdict"] == "same"
    assert body["searched"] == ["t-shirt"]
    assert body["catalog_version"] == 7
    second = next(h["product"] for h in body["hits"] if h["product"]["image_url"])
    assert second["image_url"].startswith("/v1/images/")


async def test_an_unsure_classifier_opens_the_next_likely_categories(tmp_path: Path) -> None:
    class Unsure(FakeEncoder):
        async def encode(self, cutout: Any, model_version: str | None = None) -> Encoded:
            sure = await super().encode(cutout, model_version)
            probabilities = np.full(13, 0.01, np.float32)
            probabilities[[12, 0]] = 0.6, 0.31
            return replace(sure, probabilities=probabilities)

    recommender = Recommender(FakeSegmenter(), Unsure(), colour_shards(), manifest())
    reply = await recommender.recommend(jpeg(), RecommendParams(k=1), "id")
    assert reply.category.name == "hat"
    assert reply.searched == ["t-shirt", "hat"]
    assert reply.hits[0].product.id == "p-03"


async def test_a_price_limit_and_cheapest_first_are_kept(client: httpx.AsyncClient) -> None:
    body = (await recommend(client, k=4, max_price=20, currency="USD", sort="price")).json()
    prices = [hit["product"]["price"] for hit in body["hits"]]
    assert prices == sorted(prices)
    assert len(prices) == 4
    assert max(prices) <= 20


async def test_a_price_is_a_json_number_and_won_have_no_decimals(
    client: httpx.AsyncClient,
) -> None:
    body = (await recommend(client, k=30, categories="any", currency="KRW")).json()
    assert {hit["product"]["price"] for hit in body["hits"]} == {3250, 5750, 8250}


async def test_sort_by_value_shows_the_trade_off(client: httpx.AsyncClient) -> None:
    body = (await recommend(client, k=5, sort="value")).json()
    values = [hit["value"] for hit in body["hits"]]
    assert values == sorted(values, reverse=True)
    assert all(hit["saving"] is not None for hit in body["hits"])


async def test_savings_are_measured_from_what_the_look_costs(client: httpx.AsyncClient) -> None:
    found = await recommend(client, k=5, currency="USD", sort="value", reference_price=40)
    body = found.json()
    told = [(hit["product"]["price"], hit["saving"]) for hit in body["hits"]]
    assert told
    assert [saving for _, saving in told] == [round((40 - price) / 40, 4) for price, _ in told]


async def test_nothing_close_is_said(client: httpx.AsyncClient) -> None:
    body = (await recommend(client, jpeg((0, 255, 0)), categories=["t-shirt"])).json()
    assert body["verdict"] == "none_close"
    assert body["hits"]
    none = (await recommend(client, jpeg((0, 255, 0)), min_similarity=0.999)).json()
    assert none["hits"] == []
    assert none["verdict"] == "none_close"


async def test_a_crop_that_reaches_beyond_the_photo_is_clipped_and_reported(
    client: httpx.AsyncClient,
) -> None:
    body = (await recommend(client, crop={"x": 100, "y": 150, "width": 500, "height": 500})).json()
    assert body["crop"] == {"x": 100, "y": 150, "width": 20, "height": 10, "clipped": True}


async def test_classify_and_crops_answer(client: httpx.AsyncClient) -> None:
    classified = await client.post("/v1/classify", files={"image": jpeg((10, 10, 250))})
    assert classified.json()["category"]["name"] == "hat"
    crops = await client.post("/v1/crops", files={"image": jpeg()})
    assert crops.json()["crops"] == [{"x": 0, "y": 0, "width": 120, "height": 160}]


async def test_a_product_and_what_is_similar_to_it(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/products/p-03")).json()["brand"] == "Acme"
    reply = await client.get(
        "/v1/products/p-03/similar",
        params={"k": "4", "max_price": "30", "brands": ["Acme"], "categories": "any"},
    )
    body = reply.json()
    assert body["product"]["id"] == "p-03"
    ids = [hit["product"]["id"] for hit in body["hits"]]
    assert "p-03" not in ids
    assert {hit["product"]["brand"] for hit in body["hits"]} == {"Acme"}
    for path in ("nobody", "nobody/similar"):
        reply = await client.get(f"/v1/products/{path}")
        assert code_of(reply) == (404, "not_found")
        assert "not listed, or has no features yet" in reply.json()["error"]["message"]
    for query in ({"k": "x"}, {"oops": "1"}, {"categories": "spaceship"}):
        reply = await client.get("/v1/products/p-03/similar", params=query)
        assert code_of(reply) == (422, "bad_request")
        assert next(iter(query)) in reply.json()["error"]["message"]


async def test_pictures_are_cached_for_ever_and_paths_stay_inside(tmp_path: Path) -> None:
    folder = ImageFolder(tmp_path / "images")
    key = folder.put(jpeg())
    (tmp_path / "secret.jpg").write_bytes(jpeg())
    async with client_over(FakeSegmenter(), tmp_path / "images") as client:
        reply = await client.get(f"/v1/images/{key}")
        assert reply.content == jpeg()
        assert reply.headers["content-type"] == "image/jpeg"
        assert "immutable" in reply.headers["cache-control"]
        again = await client.get(
            f"/v1/images/{key}", headers={"if-none-match": reply.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        for path in ("..%2Fsecret.jpg", "%2e%2e/secret.jpg", "a.jpg", f"{'0' * 64}.jpg", "%00"):
            assert code_of(await client.get(f"/v1/images/{path}")) == (404, "not_found")


async def test_the_committed_openapi_document_is_the_live_one(client: httpx.AsyncClient) -> None:
    live = (await client.get("/openapi.json")).json()
    assert json.loads(OPENAPI.read_text()) == live, f"write it anew: {openapi_document.__doc__}"
    named = re.findall(r"#/components/(\w+)/(\w+)", json.dumps(live))
    assert {kind for kind, _ in named} == {"schemas", "parameters", "headers"}
    assert all(name in live["components"][kind] for kind, name in named)
    put = live["paths"]["/v1/products/{product_id}"]["put"]
    product_id, deadline = put["parameters"]
    assert (product_id["schema"]["minLength"], product_id["schema"]["maxLength"]) == (1, 200)
    assert deadline == {"$ref": "#/components/parameters/Deadline"}
    assert set(put["responses"]["429"]["headers"]) == {"X-Request-Id", "Retry-After"}


async def test_the_page_of_the_api_has_browsers_ask_this_service_alone(
    client: httpx.AsyncClient,
) -> None:
    page = (await client.get("/docs")).text
    assert "//" not in re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    assert '"validatorUrl": null' in page
    named = re.findall(r"""(?:src|href)="([^"]+)"|url: '([^']+)'""", page)
    addresses = [linked or shown for linked, shown in named]
    assert [address.rpartition(".")[2] for address in addresses] == ["css", "png", "js", "json"]
    for address in addresses:
        reply = await client.get(address)
        assert (reply.status_code, bool(reply.content)) == (200, True), address
    folder = addresses[0].rpartition("/")[0]
    for path in ("none.js", "", "%2e%2e/core.py", "..%2fcore.py"):
        assert code_of(await client.get(f"{folder}/{path}")) == (404, "not_found")


async def test_parameters_may_have_a_files_name_as_browsers_give_to_json(
    client: httpx.AsyncClient,
) -> None:
    params = '{"k": 2, "brands": ["Größe", "Acme"]}'.encode()
    parts: dict[str, Any] = {
        "image": ("photo", jpeg()),
        "params": ("blob", params, "application/json"),
    }
    hits = (await client.post("/v1/recommend", files=parts)).json()["hits"]
    assert [hit["product"]["brand"] for hit in hits] == ["Acme", "Acme"]
