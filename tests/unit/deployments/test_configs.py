"""The configuration files fit the application that they configure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError
from ray.serve.schema import ServeDeploySchema

from deployments.settings import GatewayArgs, ServiceArgs
from worker.settings import WorkerArgs

ROOT = Path(__file__).parents[3]
CONFIGS = ["serve_config.yaml", "serve_config.gpu.yaml"]


def read(name: str) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / name).read_text())
    return config


@pytest.mark.parametrize("name", CONFIGS)
def test_ray_serve_and_the_builder_accept_the_file(name: str) -> None:
    schema = ServeDeploySchema.model_validate(read(name))
    application, *beside = schema.applications
    args = ServiceArgs.model_validate(application.args)
    assert [WorkerArgs.model_validate(workers.args).catalog for workers in beside] == [
        args.catalog
    ] * len(beside)
    shards = [f"shard-{shard}" for shard in range(args.catalog.shards)]
    configured = [deployment.name for deployment in application.deployments]
    assert configured == ["gateway", "segmenter", "encoder", *shards]


@pytest.mark.parametrize("name", CONFIGS)
def test_batches_can_fill_and_refusals_are_ours(name: str) -> None:
    application, *_ = read(name)["applications"]
    args = ServiceArgs.model_validate(application["args"])
    limits = {d["name"]: d["max_ongoing_requests"] for d in application["deployments"]}
    assert limits["encoder"] > args.encoder.max_batch_size
    assert limits["gateway"] > args.gateway.max_in_flight + args.gateway.max_uploads


def test_the_default_listens_on_loopback_alone() -> None:
    assert read("serve_config.yaml")["http_options"]["host"] == "127.0.0.1"


def test_the_default_fits_on_two_cores() -> None:
    applications = read("serve_config.yaml")["applications"]
    deployments = [d for application in applications for d in application["deployments"]]
    shares = [d["ray_actor_options"]["num_cpus"] * d["num_replicas"] for d in deployments]
    assert sum(shares) <= 2


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("/find/", "/find"),
    ],
)
def test_pictures_addresses_have_one_slash_after_what_goes_before_them(
    said: str, kept: str
) -> None:
    assert GatewayArgs(public_url=said).public_url == kept


def test_what_can_not_go_before_an_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="http:// or https://"):
        GatewayArgs(public_url="shop.example")
