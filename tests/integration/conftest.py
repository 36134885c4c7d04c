"""One real service over the demo catalogue, for all tests in this folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
import yaml
from rich.console import Console

from benchmarks.sharded import in_shards
from catalog.street_queries import StreetQuery, street_queries
from cli.catalog.demo import prepare_demo
from cli.served_config import with_data
from cli.settings import Settings
from deployments.local_service import LocalService
from tests.integration.checkout import CHECKOUT
from tests.integration.collector import Collector, collecting

READY_WITHIN_S = 300
PATIENCE_S = 60
"""The deadline that tests ask for: machines that run tests are busy."""


@pytest.fixture(scope="session")
def demo() -> Settings:
    """A demo catalogue with features, drawn on the first run and kept for the next ones."""
    folder = Path(os.environ.get("LOOKALIKE_TEST_DATA") or CHECKOUT / "build" / "test-data")
    settings = Settings(data_dir=folder, store_url=f"sqlite:///{folder / 'catalog.sqlite'}")
    folder.mkdir(parents=True, exist_ok=True)
    prepare_demo(settings, Console(stderr=True))
    return settings


def with_copied_store(demo: Settings, folder: Path) -> Settings:
    """The demo's products and features in a store of their own; no pictures."""
    settings = Settings(data_dir=folder, store_url=f"sqlite:///{folder / 'catalog.sqlite'}")
    with (
        closing(sqlite3.connect(demo.data_dir / "catalog.sqlite")) as source,
        closing(sqlite3.connect(folder / "catalog.sqlite")) as copy,
    ):
        source.backup(copy)
    return settings


@pytest.fixture(scope="session")
def served(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the demo catalogue, which tests may change."""
    settings = with_copied_store(demo, tmp_path_factory.mktemp("served"))
    shutil.copytree(demo.images_dir, settings.images_dir)
    return settings


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the traces of the session's service go."""
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="session")
def service(
    served: Settings, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LocalService]:
    """The service of serve_config.yaml, in two shards, on a free port, ready.

    Nothing of it is left behind. It is traced, and its metrics are a second old at most.

    Shard 0 has two replicas: what one of them knows the other must know too.
    """
    config = in_shards(yaml.safe_load((CHECKOUT / "serve_config.yaml").read_text()), 2)
    (shard,) = [
        deployment
        for application in config["applications"]
        for deployment in application["deployments"]
        if deployment["name"] == "shard-0"
    ]
    shard |= {"num_replicas": 2, "ray_actor_options": {"num_cpus": 0.1}}
    log = tmp_path_factory.mktemp("service") / "serve.log"
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "RAY_metrics_report_interval_ms": "1000",
    }
    with LocalService(with_data(config, served), log, port=0, env=env) as service:
        service.wait_ready(READY_WITHIN_S)
        seen = set(service.processes())
        yield service
        seen |= set(service.processes())
    left = [process for process in seen if _lives(process)] + service.processes()
    assert not left, f"the service left processes behind: {left}"


@pytest.fixture(scope="session")
def client(service: LocalService) -> Iterator[httpx.Client]:
    """Asks the service; no answer within the deadline and a little fails the test."""
    with httpx.Client(
        base_url=service.url,
        timeout=PATIENCE_S + 5,
        headers={"Lookalike-Deadline": str(PATIENCE_S)},
    ) as client:
        yield client


@pytest.fixture(scope="session")
def street(demo: Settings) -> list[StreetQuery]:
    """The drawn street photos with their crops and right answers."""
    return street_queries(demo.street_dir)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
