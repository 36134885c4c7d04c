"""The processes behind a service's deployments."""

from __future__ import annotations

import re
from typing import Final

import psutil

from deployments.local_service import LocalService

_REPLICA: Final = re.compile(r"ServeReplica:lookalike(?:-nats)?:(.+)")


def replicas(service: LocalService) -> dict[psutil.Process, str]:
    """Every replica's process, and the name of the deployment that it serves."""
    titles = {process: " ".join(process.cmdline()).strip() for process in service.processes()}
    return {
        process: found[1]
        for process, title in titles.items()
        if (found := _REPLICA.search(title)) is not None
    }


def replicas_of(service: LocalService, deployment: str) -> list[psutil.Process]:
    """The replicas of one deployment."""
    return [process for process, name in replicas(service).items() if name == deployment]
