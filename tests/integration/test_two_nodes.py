"""Shards and stages on two nodes, under load: new settings are rolled out, a node is lost."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
import yaml

from benchmarks.empty_stages import CONSTANT_FEATURES
from cli.settings import Settings
from cli.up import with_data
from tests.fakes import jpeg
from tests.integration.conftest import CHECKOUT
from tests.integration.ray_nodes import START_WITHIN_S, RayNodes

pytestmark = pytest.mark.timeout(600)

SPREAD = {"segmenter", "encoder", "shard-0", "shard-1"}
ASKERS = 4
BEFORE_AND_AFTER = 200
K = 10
_PATIENCE_S = 120


def on_two_nodes(demo: Settings) -> dict[str, Any]:
    """serve_config.yaml with one replica of each stage and shard a node."""
    config = yaml.safe_load((CHECKOUT / "serve_config.yaml").read_text())
    application = config["applications"][0]
    application["import_path"] = "tests.integration.light_stages:build"
    for deployment in application["deployments"]:
        deployment["ray_actor_options"] = {"num_cpus": 0.1}
        if deployment["name"] == "gateway":
            deployment["ray_actor_options"]["resources"] = {"head": 0.1}
            deployment["num_replicas"] = 2
        else:
            deployment |= {"num_replicas": 2, "max_replicas_per_node": 1}
    config |= {"applications": [application], "proxy_location": "HeadOnly"}
    return with_data(config, demo)


def nearest_ids(demo: Settings) -> str:
    """Ids of the true nearest products, by float64 over all features of the store."""
    with closing(sqlite3.connect(demo.data_dir / "catalog.sqlite")) as connection:
        rows = connection.execute("SELECT product_id, vector FROM features").fetchall()
    features = np.stack([np.frombuffer(vector, np.float16) for _, vector in rows])
    scores = features.astype(np.float64) @ CONSTANT_FEATURES.astype(np.float64)
    ranked = sorted(zip(-scores, (product for product, _ in rows), strict=True))
    return ",".join(product for _, product in ranked[:K])


class Load:
    """Askers that never pause; what each was answered."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(ASKERS)]
        self.answers: list[tuple[int, str]] = []
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
        return sum(status == httpx.codes.OK for status, _ in self.answers)

    def _ask(self) -> None:
        params = json.dumps({"categories": "any", "k": K})
        with httpx.Client(base_url=self._url, timeout=30) as client:
            while not self._stop.is_set():
                reply = client.post(
                    "/v1/recommend", files={"image": jpeg()}, data={"params": params}
                )
                body = reply.json()
                told = (
                    ",".join(hit["product"]["id"] for hit in body["hits"])
                    if reply.status_code == httpx.codes.OK
                    else body["error"]["code"]
                )
                with self._more:
                    self.answers.append((reply.status_code, told))
                    self._more.notify_all()


@pytest.fixture(scope="module")
def nodes(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayNodes]:
    with RayNodes(tmp_path_factory.mktemp("nodes")) as nodes:
        nodes.deploy(on_two_nodes(demo))
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


def ready(nodes: RayNodes) -> bool:
    try:
        return httpx.get(f"{nodes.url}/readyz", timeout=30).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def test_new_settings_are_rolled_out_under_load_and_no_request_is_lost(
    nodes: RayNodes, demo: Settings
) -> None:
    old = replicas(nodes)
    config = on_two_nodes(demo)
    arguments = config["applications"][0]["args"]
    arguments["gateway"]["max_in_flight"] += 1
    arguments["segmenter"]["threads"] += 1
    arguments["encoder"]["max_batch_size"] += 1
    arguments["catalog"]["threads"] += 1
    with Load(nodes.url) as load:
        load.wait_for(BEFORE_AND_AFTER)
        nodes.deploy(config)
        until(lambda: not (old & replicas(nodes)), nodes)
        until(lambda: nodes.head.deployments() >= SPREAD <= nodes.other.deployments(), nodes)
        load.wait_for(BEFORE_AND_AFTER)
    print(f"{len(old)} replicas replaced under load: {len(load.answers)} requests")
    assert Counter(load.answers) == {(httpx.codes.OK, nearest_ids(demo)): len(load.answers)}


def test_the_answers_stay_whole_when_a_node_is_lost(nodes: RayNodes, demo: Settings) -> None:
    with Load(nodes.url) as load:
        load.wait_for(BEFORE_AND_AFTER)
        before = len(load.answers)
        nodes.other.kill()
        killed_at = time.monotonic()
        load.wait_for(1)
        back_s = time.monotonic() - killed_at
        load.wait_for(BEFORE_AND_AFTER)
    after = Counter(status for status, _ in load.answers[before:])
    print(f"a node killed under load: {dict(after)} after it, first answer {back_s:.2f} s later")
    check_right_or_told(load, demo)


def check_right_or_told(load: Load, demo: Settings) -> None:
    """Every answer is whole; who got none was told so clearly."""
    good = {told for status, told in load.answers if status == httpx.codes.OK}
    assert good == {nearest_ids(demo)}
    failed = Counter(told for status, told in load.answers if status != httpx.codes.OK)
    assert set(failed) <= {"unavailable", "deadline"}, failed
