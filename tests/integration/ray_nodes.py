"""A Ray cluster of several nodes on one machine, each with processes of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil
import yaml

from deployments.ports import free_ports
from deployments.transport import cluster_env, transport_env
from tests.integration.processes import title_of
from tests.integration.replicas import deployment_of

START_WITHIN_S: Final = 240
_LOOK_AGAIN_S: Final = 0.2


class RayNode:
    """One node: what `ray start` started, and every process below it."""

    def __init__(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self._process = process

    def processes(self) -> list[psutil.Process]:
        """Its living processes."""
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(self._process.pid)
            return [top, *top.children(recursive=True)]
        return []

    def replicas(self) -> dict[psutil.Process, str]:
        """Its replicas' processes, with the names of their deployments."""
        titled = {process: deployment_of(title_of(process)) for process in self.processes()}
        return {process: name for process, name in titled.items() if name is not None}

    def deployments(self) -> set[str]:
        """Names of the deployments that have a replica here."""
        return set(self.replicas().values())

    def kill(self) -> None:
        """End all of it at once, as a machine that loses its power."""
        processes = self.processes()
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=30)
        self._process.wait()


class RayNodes:
    """A head and one more node, and what `serve deploy` put on them; nothing is left behind.

    Each node has a resource of its own name, so that a configuration can place replicas.
    """

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        """`env`: variables for all processes of the cluster, beside those of this one."""
        self._folder = folder
        self._sockets = tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True)
        drawn = free_ports(6 + 64)
        self.port: int = drawn[0]
        self._gcs_port, self._dashboard_port = drawn[1:3]
        stats, pages, fallback = drawn[3:6]
        tuning = transport_env(stats, pages, fallback, drawn[6:])
        token = {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
        self._env = {**os.environ, **cluster_env(tuning), **token, **(env or {})}
        # A Ray of this process may have set it in the environment.
        self._env.pop("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", None)
        self._started: list[RayNode] = []

    @property
    def url(self) -> str:
        """Address of the HTTP door."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        try:
            self.head = self._ray_start("head", "--head", *self._dashboard())
            self.other = self._ray_start("other", f"--address={self._wait_for_the_books()}")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def deploy(self, config: dict[str, Any]) -> None:
        """`serve deploy`, on this cluster's own port; it returns before all is replaced."""
        config = {**config, "http_options": {"host": "127.0.0.1", "port": self.port}}
        path = self._folder / "serve.yaml"
        path.write_text(yaml.safe_dump(config))
        dashboard = f"http://127.0.0.1:{self._dashboard_port}"
        command = [_tool("serve"), "deploy", str(path), "--address", dashboard]
        give_up = time.monotonic() + START_WITHIN_S
        while True:  # the dashboard listens some seconds after the head
            done = subprocess.run(
                command, env=self._env, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return
            assert time.monotonic() < give_up, done.stdout + done.stderr

    def log(self, name: str) -> str:
        """What "head" or "other" wrote."""
        return (self._folder / f"{name}.log").read_text(errors="replace")

    def _dashboard(self) -> tuple[str, ...]:
        port = f"--dashboard-port={self._dashboard_port}"
        return "--include-dashboard=true", "--dashboard-host=127.0.0.1", port

    def _ray_start(self, name: str, *options: str) -> RayNode:
        # A folder of its own: Ray would note this cluster as the one that `ray.init()` means.
        head = ["--port", str(self._gcs_port), "--temp-dir", self._sockets.name]
        resources = json.dumps({name: 1})
        return self._launch(
            name,
            _tool("ray"),
            "start",
            "--block",
            "--num-cpus=4",
            "--object-store-memory=100000000",
            "--resources",
            resources,
            *(head if "--head" in options else []),
            *options,
        )

    def _launch(self, name: str, *command: str) -> RayNode:
        with (self._folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        node = RayNode(name, process)
        self._started.append(node)
        return node

    def _wait_for_the_books(self) -> str:
        """The address of the cluster, once its control service listens."""
        give_up = time.monotonic() + START_WITHIN_S
        while time.monotonic() < give_up:
            told = re.search(r"Local node IP.*?((?:\d+\.){3}\d+)", self.log("head"))
            if told is not None:
                with contextlib.suppress(OSError):
                    socket.create_connection((told[1], self._gcs_port), timeout=1).close()
                    return f"{told[1]}:{self._gcs_port}"
            time.sleep(_LOOK_AGAIN_S)
        raise TimeoutError(self.log("head"))

    def _end(self) -> None:
        for node in reversed(self._started):
            node.kill()
        self._sockets.cleanup()
        assert not any(node.processes() for node in self._started)


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
