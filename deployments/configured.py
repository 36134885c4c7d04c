"""Serve and the applications of a configuration file, built in this process.

`serve run FILE` waits for the proxies, then has each application built by a process of its own,
which imports all that this one has imported and ends: four seconds of processor time. It is the
options of the file's `deployments` that Serve's own API has no place for; hence the private parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import ray
from pydantic import BaseModel
from ray._common.utils import import_attr
from ray.serve._private import api
from ray.serve._private.build_app import BuiltApplication, build_app
from ray.serve._private.client import ServeControllerClient
from ray.serve.context import _set_global_client
from ray.serve.schema import LoggingConfig, ServeApplicationSchema, ServeDeploySchema


def start(config: Mapping[str, Any]) -> None:
    """Start Serve and the applications of `config`, such as `serve run` takes, on this Ray.

    Returns when the proxies listen; the stages start meanwhile.

    Raises: ValueError for what is no such configuration, names a deployment that no application
    has, or asks for what only a cluster's `serve deploy` does; whatever a builder raises.
    """
    schema = ServeDeploySchema.model_validate(dict(config))
    _refuse("the configuration", schema, "target_capacity", "tracing_config")
    applications = [
        built(application, schema.logging_config) for application in schema.applications
    ]
    controller, proxies_ready = api._create_controller_and_proxy_refs(
        schema.http_options.model_dump(),
        schema.grpc_options.model_dump(),
        schema.logging_config,
        None,
        schema.controller_options,
        schema.proxy_location,
    )
    client = ServeControllerClient(controller)
    _set_global_client(client)
    client.deploy_applications(
        applications,
        wait_for_ingress_deployment_creation=False,
        wait_for_applications_running=False,
    )
    ray.get(proxies_ready)


def built(
    schema: ServeApplicationSchema, logging_config: LoggingConfig | None = None
) -> BuiltApplication:
    """What an application's builder makes, with the options that its `deployments` ask for.

    `logging_config` is of those that have none of their own. Raises: as `start`.
    """
    _refuse(schema.name, schema, "runtime_env", "autoscaling_policy")
    application = build_app(
        api.call_user_app_builder_with_args_if_necessary(
            import_attr(schema.import_path), schema.args
        ),
        name=schema.name,
        route_prefix=schema.route_prefix,
        logging_config=schema.logging_config or logging_config,
        external_scaler_enabled=schema.external_scaler_enabled,
    )
    options = {
        deployment.name: deployment.model_dump(exclude_unset=True)
        for deployment in schema.deployments
    }
    unknown = options.keys() - {deployment.name for deployment in application.deployments}
    if unknown:
        raise ValueError(f"{schema.name} has no deployment {', '.join(sorted(unknown))}")
    return replace(
        application,
        deployments=[
            deployment.options(**options.get(deployment.name, {}))
            for deployment in application.deployments
        ],
    )


def _refuse(whose: str, schema: BaseModel, *settings: str) -> None:
    """What is asked for and would not be done is said, not left out."""
    for setting in settings:
        if getattr(schema, setting):
            raise ValueError(f"{whose}: {setting} is for `serve deploy` on a cluster")
