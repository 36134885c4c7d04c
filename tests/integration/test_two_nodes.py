"""Shards and stages on two nodes, under load: settings and weights change, a node is lost."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
import yaml

from benchmarks.sharded import in_shards
from catalog.records import ActiveModel, FeatureRow
from catalog.store import open_store
from cli.served_config import with_data
from cli.settings import Settings
from lookalike.vision.weights import DEFAULT_MODEL, find_model
from tests.fakes import jpeg, unit_features
from tests.integration.checkout import CHECKOUT
from tests.integration.conftest import PATIENCE_S, with_copied_store
from tests.integration.light_stages import look_of
from tests.integration.ray_nodes import START_WITHIN_S, RayNodes
from tests.next_model import NEXT_VERSION, NEXT_WEIGHTS, write_next_model

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

SPREAD = {"segmenter", "encoder", "shard-0", "shard-1"}
ASKERS = 4
PAUSE_S = 0.15
"""Of each asker: some twenty requests a second leave processors for what is started meanwhile."""
BEFORE_AND_AFTER = 50
DEADLINE_S = 10
"""What asks a machine that is lost is to be told before long."""
K = 10
SHIPPED_VERSION = find_model(DEFAULT_MODEL).manifest.version
_PATIENCE_S = 120


def on_two_nodes(
    shop: Settings, weights: str = DEFAULT_MODEL, also: tuple[str, ...] = ()
) -> dict[str, Any]:
    """serve_config.yaml in two shards with one replica of each stage and shard a node.

    No photo is remembered, so that every request goes through all stages.
    """
    config = in_shards(yaml.safe_load((CHECKOUT / "serve_config.yaml").read_text()), 2)
    application = config["applications"][0]
    application["import_path"] = "tests.integration.light_stages:build"
    application["args"]["gateway"]["photo_cache_entries"] = 0
    application["args"]["encoder"] |= {"weights": weights, "also": list(also)}
    for deployment in application["deployments"]:
        deployment["ray_actor_options"] = {"num_cpus": 0.1}
        if deployment["name"] == "gateway":
            deployment["ray_actor_options"]["resources"] = {"head": 0.1}
            deployment["num_replicas"] = 2
        else:
            deployment |= {"num_replicas": 2, "max_replicas_per_node": 1}
    config |= {"applications": [application], "proxy_location": "HeadOnly"}
    return with_data(config, shop)


@dataclass(frozen=True)
class Answer:
    """What a request was told: ids of the products by a model, or an error's code."""

    status: int
    told: str
    model_version: str = ""


def right_answer(shop: Settings, model_version: str) -> Answer:
    """The true nearest products, by float64 over all features of that model in the store."""
    query = "SELECT product_id, vector FROM features WHERE model_version = ?"
    with closing(sqlite3.connect(shop.data_dir / "catalog.sqlite")) as connection:
        rows = connection.execute(query, (model_version,)).fetchall()
    features = np.stack([np.frombuffer(vector, np.float16) for _, vector in rows])
    scores = features.astype(np.float64) @ look_of(model_version).astype(np.float64)
    ranked = sorted(zip(-scores, (product for product, _ in rows), strict=True))
    ids = ",".join(product for _, product in ranked[:K])
    return Answer(httpx.codes.OK, ids, model_version)


class Load:
    """Askers that go on all the time; what each was answered."""

    def __init__(self, url: str, deadline_s: int) -> None:
        self._url = url
        self._headers = {"Lookalike-Deadline": str(deadline_s)}
        self._timeout_s = deadline_s + 20
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(ASKERS)]
        self.answers: list[Answer] = []
        self._more = threading.Condition()

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, answers: int) -> None:
        """Until that many more were answered 200."""
        already = self._good()
        with self._more:
            enough = self._more.wait_for(lambda: self._good() - already >= answers, _PATIENCE_S)
        assert enough, Counter(self.answers)

    def _good(self) -> int:
        return sum(answer.status == httpx.codes.OK for answer in self.answers)

    def _ask(self) -> None:
        params = json.dumps({"categories": "any", "k": K})
        with httpx.Client(
            base_url=self._url, headers=self._headers, timeout=self._timeout_s
        ) as client:
            while not self._stop.wait(PAUSE_S):
                try:
                    answer = answer_of(
                        client.post(
                            "/v1/recommend", files={"image": jpeg()}, data={"params": params}
                        )
                    )
                except httpx.TransportError as error:  # a request that is lost without a word
                    answer = Answer(0, repr(error))
                with self._more:
                    self.answers.append(answer)
                    self._more.notify_all()


def answer_of(reply: httpx.Response) -> Answer:
    body = reply.json()
    if reply.status_code != httpx.codes.OK:
        return Answer(reply.status_code, body["error"]["code"])
    ids = ",".join(hit["product"]["id"] for hit in body["hits"])
    return Answer(reply.status_code, ids, body["model_version"])


@pytest.fixture(scope="module")
def shop(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The demo's catalogue, which these tests may change."""
    return with_copied_store(demo, tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def nodes(shop: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayNodes]:
    models = tmp_path_factory.mktemp("models")
    write_next_model(models)
    env = {"LOOKALIKE_MODELS": str(models)}
    with RayNodes(tmp_path_factory.mktemp("nodes"), env) as nodes:
        nodes.deploy(on_two_nodes(shop))
        until(lambda: nodes.head.deployments() >= SPREAD <= nodes.other.deployments(), nodes)
        until(lambda: ready(nodes), nodes)
        yield nodes


def until(holds: Callable[[], bool], nodes: RayNodes) -> None:
    give_up = time.monotonic() + START_WITHIN_S
    while not holds():
        assert time.monotonic() < give_up, nodes.log("head")[-3000:]
        time.sleep(0.2)


def replicas(nodes: RayNodes) -> set[psutil.Process]:
    return {*nodes.head.replicas(), *nodes.other.replicas()}


def roll_out(nodes: RayNodes, config: dict[str, Any]) -> None:
    """Deploy, and wait until every replica is a new one."""
    old = replicas(nodes)
    started = time.monotonic()
    nodes.deploy(config)
    until(lambda: not (old & replicas(nodes)), nodes)
    until(lambda: nodes.head.deployments() >= SPREAD <= nodes.other.deployments(), nodes)
    print(f"{len(old)} replicas replaced in {time.monotonic() - started:.0f} s")


def other_settings(config: dict[str, Any]) -> dict[str, Any]:
    """One thing changed of each stage."""
    arguments = config["applications"][0]["args"]
    arguments["gateway"]["max_in_flight"] += 1
    arguments["segmenter"]["threads"] += 1
    arguments["encoder"]["max_batch_size"] += 1
    arguments["catalog"]["threads"] += 1
    return config


def ready(nodes: RayNodes) -> bool:
    try:
        return httpx.get(f"{nodes.url}/readyz", timeout=30).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_new_settings_and_new_weights_are_rolled_out_under_load_and_no_request_is_lost(
    nodes: RayNodes, shop: Settings
) -> None:
    """The three deploys of docs/operations.md; the first brings new settings as well."""
    with open_store(shop.store_url) as store, Load(nodes.url, PATIENCE_S) as load:
        lacking = enumerate(store.products_without_features(NEXT_VERSION))
        seen = [FeatureRow(p.id, p.image_key or "", unit_features(i)) for i, p in lacking]
        store.put_features(NEXT_VERSION, seen)
        load.wait_for(BEFORE_AND_AFTER)
        roll_out(nodes, other_settings(on_two_nodes(shop, DEFAULT_MODEL, also=(NEXT_WEIGHTS,))))
        load.wait_for(BEFORE_AND_AFTER)
        old_is_asked = len(load.answers)
        store.switch_model(ActiveModel(NEXT_VERSION, NEXT_WEIGHTS))
        roll_out(nodes, on_two_nodes(shop, NEXT_WEIGHTS, also=(DEFAULT_MODEL,)))
        load.wait_for(BEFORE_AND_AFTER)
        new_is_asked = len(load.answers)
        roll_out(nodes, on_two_nodes(shop, NEXT_WEIGHTS))
        load.wait_for(BEFORE_AND_AFTER)
    old, new = right_answer(shop, SHIPPED_VERSION), right_answer(shop, NEXT_VERSION)
    told = Counter(load.answers)
    print(f"rolled out under load: {told[old]} answers by the old model, {told[new]} by the new")
    assert set(told) == {old, new}, told
    assert set(load.answers[:old_is_asked]) == {old}
    assert set(load.answers[new_is_asked:]) == {new}
    told_ready = httpx.get(f"{nodes.url}/readyz", timeout=30).json()
    assert (told_ready["model_version"], told_ready["products"]) == (NEXT_VERSION, len(seen))


def test_the_answers_stay_whole_when_a_node_is_lost(nodes: RayNodes, shop: Settings) -> None:
    with Load(nodes.url, DEADLINE_S) as load:
        load.wait_for(BEFORE_AND_AFTER)
        before = len(load.answers)
        nodes.other.kill()
        killed_at = time.monotonic()
        load.wait_for(1)
        back_s = time.monotonic() - killed_at
        load.wait_for(BEFORE_AND_AFTER)
    after = Counter(answer.status for answer in load.answers[before:])
    print(f"a node killed under load: {dict(after)} after it, first answer {back_s:.2f} s later")
    check_right_or_told(load, shop)


def check_right_or_told(load: Load, shop: Settings) -> None:
    """Every answer is whole; who got none was told so clearly."""
    good = {answer for answer in load.answers if answer.status == httpx.codes.OK}
    (version,) = {answer.model_version for answer in good}
    assert good == {right_answer(shop, version)}
    failed = Counter(a.told for a in load.answers if a.status != httpx.codes.OK)
    assert set(failed) <= {"unavailable", "deadline"}, failed
