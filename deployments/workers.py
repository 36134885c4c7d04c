"""The NATS workers of a serve configuration, and the server that they dial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

WORKERS: Final = "worker.app:build"
"""Their application's import path."""


def has_workers(config: Mapping[str, Any]) -> bool:
    """Whether one of its applications is the workers'."""
    return any(app["import_path"] == WORKERS for app in config["applications"])


def named_server(config: Mapping[str, Any]) -> str | None:
    """Address of the NATS server that the file names to its workers; None: the environment's."""
    for application in config["applications"]:
        if application["import_path"] == WORKERS:
            url: str = _nats(application).get("url") or ""
            if url:
                return url
    return None


def with_the_environments_server(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with workers that dial the server of the environment, not the file's.

    Whoever starts them says there which one it is; its login then stands in no file.
    """
    applications = []
    for application in config["applications"]:
        nats = _nats(application)
        if application["import_path"] == WORKERS and "url" in nats:
            told = {name: value for name, value in nats.items() if name != "url"}
            application = {**application, "args": {**application["args"], "nats": told}}
        applications.append(application)
    return {**config, "applications": applications}


def _nats(application: Mapping[str, Any]) -> Mapping[str, Any]:
    return (application.get("args") or {}).get("nats") or {}
