"""The processes behind a service's deployments."""

from __future__ import annotations

import re
from typing import Final

import psutil

from deployments.local_service import LocalService
from tests.integration.processes import title_of

_REPLICA: Final = re.compile(
    r"ServeReplica:lookalike(?:-nats)?:([\w-]+)|lookalike(?:-nats)?#([\w-]+)#"
)
"""Of a process's title; at work it goes on with what the replica is doing."""


def deployment_of(title: str) -> str | None:
    """The deployment that a process of this title serves, None if it is no replica."""
    found = _REPLICA.search(title)
    return None if found is None else found[1] or found[2]


def replicas(service: LocalService) -> dict[psutil.Process, str]:
    """Every replica's process, and the name of the deployment that it serves."""
    titled = {process: deployment_of(title_of(process)) for process in service.processes()}
    return {process: name for process, name in titled.items() if name is not None}


def replicas_of(service: LocalService, deployment: str) -> list[psutil.Process]:
    """The replicas of one deployment."""
    return [process for process, name in replicas(service).items() if name == deployment]
