"""Applications built from a configuration are those that `serve run` would build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.serve.schema import LoggingConfig, ServeApplicationSchema, ServeDeploySchema

from catalog.store import open_store
from deployments.configured import built, start

CHECKOUT = Path(__file__).parents[3]


def read(name: str, tmp_path: Path) -> ServeDeploySchema:
    config: dict[str, Any] = yaml.safe_load((CHECKOUT / name).read_text())
    store_url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    open_store(store_url).close()
    for application in config["applications"]:
        application["args"]["catalog"]["store_url"] = store_url
    return ServeDeploySchema.model_validate(config)


@pytest.fixture
def schema(tmp_path: Path) -> ServeDeploySchema:
    return read("serve_config.yaml", tmp_path)


@pytest.mark.parametrize("name", ["serve_config.yaml", "serve_config.gpu.yaml"])
def test_every_option_of_the_file_reaches_its_deployment(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.app.check_may_open", lambda *_: None)
    monkeypatch.setattr("worker.app.check_may_open", lambda *_: None)
    for application in read(name, tmp_path).applications:
        deployments = {each.name: each for each in built(application).deployments}
        assert deployments.keys() == {each.name for each in application.deployments}
        for wanted in application.deployments:
            made = deployments[wanted.name]
            asked = wanted.model_dump(exclude_unset=True)
            for resource, share in asked.pop("ray_actor_options", {}).items():
                assert made.ray_actor_options[resource] == share
            for option, value in asked.pop("autoscaling_config", {}).items():
                assert getattr(made._deployment_config.autoscaling_config, option) == value, option
            for option in asked.keys() - {"name"}:
                assert getattr(made._deployment_config, option) == asked[option], option


def test_names_and_routes_are_the_files(schema: ServeDeploySchema) -> None:
    made = [built(application) for application in schema.applications]
    assert [(each.name, each.route_prefix) for each in made] == [
        ("lookalike", "/"),
        ("lookalike-nats", None),
    ]
    assert [each.ingress_deployment_name for each in made] == ["gateway", "worker"]


def test_an_application_logs_as_all_do_unless_it_says_otherwise(schema: ServeDeploySchema) -> None:
    application = schema.applications[0]
    quiet = LoggingConfig(log_level="ERROR")
    assert built(application, quiet).logging_config == quiet
    own = LoggingConfig(log_level="INFO")
    application.logging_config = own
    assert built(application, quiet).logging_config == own


def test_a_deployment_that_is_not_there_is_named(schema: ServeDeploySchema) -> None:
    told = schema.applications[0].model_dump(exclude_unset=True)
    told["deployments"][1]["name"] = "segmentor"
    with pytest.raises(ValueError, match="lookalike has no deployment segmentor"):
        built(ServeApplicationSchema.model_validate(told))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("runtime_env", {"env_vars": {"A": "B"}}),
        ("autoscaling_policy", {"policy_function": "tests.fakes:none"}),
    ],
)
def test_what_would_not_be_done_is_refused(
    schema: ServeDeploySchema, setting: str, value: dict[str, Any]
) -> None:
    told = schema.applications[0].model_dump(exclude_unset=True) | {setting: value}
    with pytest.raises(ValueError, match=f"lookalike: {setting} is for `serve deploy`"):
        built(ServeApplicationSchema.model_validate(told))


def test_so_is_what_the_whole_configuration_asks_for(schema: ServeDeploySchema) -> None:
    told = schema.model_dump(exclude_unset=True) | {"target_capacity": 50.0}
    with pytest.raises(ValueError, match="target_capacity is for `serve deploy`"):
        start(told)
