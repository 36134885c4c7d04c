"""Applications built from a configuration are those that `serve run` would build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.serve.schema import LoggingConfig, ServeApplicationSchema, ServeDeploySchema

from deployments.configured import built

CONFIG = Path(__file__).parents[3] / "serve_config.yaml"


@pytest.fixture
def schema(tmp_path: Path) -> ServeDeploySchema:
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text())
    for application in config["applications"]:
        application["args"]["catalog"]["store_url"] = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    return ServeDeploySchema.model_validate(config)


def test_every_option_of_the_file_reaches_its_deployment(schema: ServeDeploySchema) -> None:
    for application in schema.applications:
        deployments = {each.name: each for each in built(application).deployments}
        assert deployments.keys() == {each.name for each in application.deployments}
        for wanted in application.deployments:
            made = deployments[wanted.name]
            asked = wanted.model_dump(exclude_unset=True)
            assert made.ray_actor_options["num_cpus"] == asked["ray_actor_options"]["num_cpus"]
            for option in asked.keys() - {"name", "ray_actor_options"}:
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
