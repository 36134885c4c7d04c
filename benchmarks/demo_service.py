"""The service over the demo catalogue, as benchmarks start it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import yaml

from cli.served_config import with_data
from cli.settings import Settings
from deployments.local_service import LocalService
from deployments.transport import transport_env


def as_the_service_runs() -> None:
    """Give this process what the service's processes have, before torch is loaded.

    Linux shares a busy machine's processors between sessions before it does so within one: with
    one of its own, which the service is in too, nothing else that the terminal runs takes part.
    """
    os.environ |= {"OMP_WAIT_POLICY": transport_env()["OMP_WAIT_POLICY"]}
    with suppress(PermissionError):  # the first process of a session has its own already
        os.setsid()


def demo_config(data: Path, *, photo_cache: bool = True) -> dict[str, Any]:
    """serve_config.yaml over the catalogue of a folder; `photo_cache` False: every photo is new."""
    settings = Settings(data_dir=data, store_url=f"sqlite:///{data / 'catalog.sqlite'}")
    config = with_data(yaml.safe_load(Path("serve_config.yaml").read_text()), settings)
    if not photo_cache:
        for application in config["applications"]:
            application["args"]["gateway"]["photo_cache_entries"] = 0
    return config


@contextmanager
def running(config: dict[str, Any], folder: Path) -> Iterator[LocalService]:
    """The service of a configuration on a free port, ready; its log in `folder`."""
    with LocalService(config, folder / "serve.log", port=0) as service:
        service.wait_ready(300)
        yield service
