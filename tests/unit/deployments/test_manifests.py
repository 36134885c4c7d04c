"""What is under `deploy/` is well-formed, and fits the project beside it."""

from __future__ import annotations

import fnmatch
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from deployments.settings import STORE_URL, CatalogArgs, ServiceArgs
from deployments.transport import transport_env
from worker.settings import WorkerArgs

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
KUBERNETES = "1.32"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tool(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def ray_service() -> dict[str, Any]:
    manifest: dict[str, Any] = yaml.safe_load((DEPLOY / "kuberay.yaml").read_text())
    return manifest


def pods() -> list[dict[str, Any]]:
    cluster = ray_service()["spec"]["rayClusterConfig"]
    groups = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    return [group["template"] for group in groups]


def test_every_pod_names_the_port_on_which_ray_has_the_metrics() -> None:
    cluster = ray_service()["spec"]["rayClusterConfig"]
    for group in [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]:
        (container,) = group["template"]["spec"]["containers"]
        named = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert group["rayStartParams"]["metrics-export-port"] == str(named["metrics"])


def test_the_dockerfile_has_nothing_to_complain_of() -> None:
    run(tool("hadolint"), "--failure-threshold", "info", DEPLOY / "Dockerfile")


def test_the_image_takes_only_what_is_there_and_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    admitted = [line[1:] for line in ignore if line.startswith("!")]
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(fnmatch.fnmatch(source, name) for name in admitted), source


def test_no_process_of_an_image_runs_as_root() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    shipped = [stage for stage in stages if re.search(r"^(CMD|ENTRYPOINT)", stage, re.MULTILINE)]
    assert len(shipped) == 2
    assert all(re.search(r"^USER 10001$", stage, re.MULTILINE) for stage in shipped)


def test_the_image_draws_nothing_into_a_shop_s_catalogue() -> None:
    service = next(s for s in DOCKERFILE.split("\nFROM ") if s.startswith("python AS service\n"))
    (command,) = re.findall(r"^CMD (.+)$", service, re.MULTILINE)
    assert "--no-demo" in json.loads(command)


def test_a_first_start_has_the_time_that_features_take() -> None:
    (period_s,) = re.findall(r"^HEALTHCHECK .*--start-period=(\d+)s", DOCKERFILE, re.MULTILINE)
    assert int(period_s) >= 600


def test_the_image_can_send_traces() -> None:
    (extras,) = re.findall(r"-e '\.\[(serve,[a-z,]+)\]'", DOCKERFILE)
    assert "otel" in extras.split(",")


@pytest.mark.parametrize("index", ["", "https://download.example/whl/cpu"])
def test_an_index_of_torch_is_asked_for_torch_alone(tmp_path: Path, index: str) -> None:
    (step,) = re.findall(r"^RUN (.*pip install .*torch torchvision)$", DOCKERFILE, re.MULTILINE)
    pip = tmp_path / ".venv" / "bin" / "pip"
    pip.parent.mkdir(parents=True)
    pip.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    pip.chmod(0o755)
    asked = subprocess.run(
        ["/bin/sh", "-c", step],
        cwd=tmp_path,
        env={"TORCH_INDEX": index},
        capture_output=True,
        text=True,
        check=True,
    )
    options = ["--no-deps", "--index-url", index] if index else []
    constrained = ["-c", "constraints.txt", "torch", "torchvision"]
    assert asked.stdout.splitlines() == ["install", *options, *constrained]


def test_compose_knows_every_key_of_the_file() -> None:
    file = DEPLOY / "docker-compose.yml"
    run(tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", file)


def test_compose_publishes_on_loopback_alone() -> None:
    services = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text())["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8000:8000"]


def test_kubernetes_knows_every_field_of_the_pods() -> None:
    for template in pods():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "ray"}, **template}
        kubernetes_validate.validate(pod, KUBERNETES, strict=True)


def test_the_pods_have_the_transport_settings_of_one_machine() -> None:
    tuned = transport_env()
    for template in pods():
        (container,) = template["spec"]["containers"]
        given = {variable["name"]: variable["value"] for variable in container["env"]}
        assert given == {name: tuned[name] for name in given}


def test_the_cluster_runs_the_ray_that_is_pinned() -> None:
    pin = re.search(r"^ray==(.+)$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert pin is not None
    assert ray_service()["spec"]["rayClusterConfig"]["rayVersion"] == pin[1]


def test_ray_serve_and_the_builders_accept_the_clusters_configuration() -> None:
    config = yaml.safe_load(ray_service()["spec"]["serveConfigV2"])
    application, workers = ServeDeploySchema.model_validate(config).applications
    args = ServiceArgs.model_validate(application.args)
    assert WorkerArgs.model_validate(workers.args).catalog == args.catalog
    shards = [f"shard-{shard}" for shard in range(args.catalog.shards)]
    configured = [deployment.name for deployment in application.deployments]
    assert configured == ["gateway", "segmenter", "encoder", *shards]


def test_the_cluster_grows_until_the_most_replicas_have_room() -> None:
    manifest = ray_service()["spec"]
    cluster = manifest["rayClusterConfig"]
    assert cluster["enableInTreeAutoscaling"]
    config = ServeDeploySchema.model_validate(yaml.safe_load(manifest["serveConfigV2"]))
    wanted: Counter[str] = Counter()
    for deployment in (d for application in config.applications for d in application.deployments):
        scaling, actor = deployment.autoscaling_config, deployment.ray_actor_options
        replicas = scaling["max_replicas"] if isinstance(scaling, dict) else deployment.num_replicas
        kind = "gpu" if actor.num_gpus else "cpu"
        wanted[kind] += replicas * actor.num_cpus
    room: Counter[str] = Counter()
    for group in cluster["workerGroupSpecs"]:
        (container,) = group["template"]["spec"]["containers"]
        cpus = int(container["resources"]["requests"]["cpu"])
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        room[group["groupName"]] = group["maxReplicas"] * cpus
    assert wanted.keys() == room.keys()
    assert wanted <= room


def test_a_node_of_the_cluster_may_die() -> None:
    manifest = ray_service()["spec"]
    config = ServeDeploySchema.model_validate(yaml.safe_load(manifest["serveConfigV2"]))
    kept_apart = {
        deployment.name: deployment.num_replicas
        for application in config.applications
        for deployment in application.deployments
        if deployment.max_replicas_per_node == 1
    }
    assert kept_apart == {"gateway": 2, "shard-0": 2, "shard-1": 2, "worker": 2}
    (cpu, gpu) = manifest["rayClusterConfig"]["workerGroupSpecs"]
    assert cpu["minReplicas"] >= 2, "the second of a kind would wait for a node"
    for group in (cpu, gpu):
        (container,) = group["template"]["spec"]["containers"]
        gpus = int(container["resources"]["requests"].get("nvidia.com/gpu", 0))
        assert gpus <= 1, "both encoders would find room on one node"


def test_a_cluster_is_given_its_store_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STORE_URL, "postgresql+psycopg://shop@store/shop")
    assert CatalogArgs().store_url == "postgresql+psycopg://shop@store/shop"
    monkeypatch.delenv(STORE_URL)
    assert CatalogArgs().store_url == "sqlite:///data/catalog.sqlite"


def test_a_replica_killed_for_memory_does_not_take_the_service_with_it() -> None:
    lines = (DEPLOY / "lookalike.service").read_text().splitlines()
    assert [line for line in lines if line.startswith("OOMPolicy")] == ["OOMPolicy=continue"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_knows_every_line_of_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "lookalike.service"
    text = (DEPLOY / "lookalike.service").read_text()
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    run("systemd-analyze", "verify", unit)
