"""The whole service as child processes of this one, on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Final, Self

import httpx
import psutil
import yaml

from deployments.access import check_config_may_open, with_hosts
from deployments.ended import wait_ended
from deployments.errors import ServiceError
from deployments.folder_lock import FolderLock
from deployments.nats_server import NATS_CONFIG, NatsServer, listens_on, wait_until_there
from deployments.parent import launched
from deployments.ports import check_free, check_ipv4, free_ports
from deployments.still_starting import still_starting_lines
from deployments.tracing import is_traced
from deployments.transport import METRICS_PORT_VARIABLE, haproxy_files_env, transport_env
from deployments.workers import has_workers, with_the_environments_server
from lookalike.contract.errors import LookalikeError
from lookalike.contract.subjects import NATS_URL_VARIABLE
from lookalike.telemetry.json_log import LOG_VARIABLE, log_level

START_TIMEOUT_S: Final = 180.0
STOP_TIMEOUT_S: Final = 30.0
_LAST_BREATH_S: Final = 3.0
_OTHER_PORTS: Final = 6
_INGRESS_PORTS: Final = 64
_RUN_ID: Final = "LOOKALIKE_RUN_ID"
LOOPBACK: Final = "127.0.0.1"


class LocalService:
    """What `serve run` makes of a configuration, and every process that comes of it.

    All children carry a run id in their environment, so that stopping ends those, all of those,
    and nothing else, even when one of them was killed or got lost. (A process that sets its own
    title may write over its environment; those are found by descent.)
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        log_path: Path,
        *,
        port: int | None = None,
        host: str | None = None,
        env: Mapping[str, str] | None = None,
        tuned: bool = True,
        nats: NatsServer | str | None = None,
        metrics_port: int = 0,
    ) -> None:
        """`config` as in serve_config.yaml; `port` instead of its HTTP port, 0 for a free one;
        `host` instead of the address that its HTTP listens on.

        `nats` is a server to start, or the address of one that runs; none: one on a free port.
        Without workers in the configuration there is none at all. They dial it whatever server
        the configuration names. What runs in the end lies beside the log, as `.yaml`; so does a
        lock, as `.lock`, and so do the log lines of its replicas, as `.jsonl`, unless the
        environment names another file. The log of the service before is kept, as `.1` after its
        name. `metrics_port` 0: a free one.
        """
        http = dict(config.get("http_options") or {})
        if port is None:
            port = int(http.get("port") or 8000)
        told = {port, metrics_port, nats.port if isinstance(nats, NatsServer) else 0}
        drawn = free_ports(_OTHER_PORTS + _INGRESS_PORTS, apart_from=told)
        self.port: int = port or drawn[0]
        self.host: str = host or http.get("host") or LOOPBACK
        http |= {"host": self.host, "port": self.port}
        self.config = {**with_the_environments_server(config), "http_options": http}
        self._log_path = log_path
        self._lock = FolderLock(log_path.with_suffix(".lock"))
        self._run_id = uuid.uuid4().hex
        self._tuned = tuned
        (stats, pages, fallback), ingress = drawn[3:_OTHER_PORTS], drawn[_OTHER_PORTS:]
        # Its one gateway stops when all does.
        tuning = transport_env(stats, pages, fallback, ingress, gateway_drain_s=0) if tuned else {}
        self.metrics_port: int = metrics_port or drawn[1]
        self._env = {**os.environ, **tuning, **(env or {}), _RUN_ID: self._run_id}
        self._env[METRICS_PORT_VARIABLE] = str(self.metrics_port)
        self.lines_path = Path(self._env.get(LOG_VARIABLE) or log_path.with_suffix(".jsonl"))
        self._env[LOG_VARIABLE] = str(self.lines_path.absolute())
        if not has_workers(config):
            nats = None
        elif nats is None:
            nats = NatsServer(NATS_CONFIG, log_path.parent / "nats", port=drawn[2])
        self.nats = nats if isinstance(nats, NatsServer) else None
        self._nats_url = nats if isinstance(nats, str) else None
        self.nats_patience_s = 5.0
        """Within that a NATS server that runs already has to listen."""
        self._process: subprocess.Popen[bytes] | None = None
        self._haproxy_files: TemporaryDirectory[str] | None = None

    @property
    def nats_url(self) -> str | None:
        """Address of the NATS server, with the login; None where there are no workers."""
        return self.nats.url if self.nats else self._nats_url

    @property
    def url(self) -> str:
        """Address of the HTTP door, as this machine reaches it."""
        return f"http://{LOOPBACK if self.host == '0.0.0.0' else self.host}:{self.port}"

    @property
    def metrics_url(self) -> str:
        """Address of the metrics, for Prometheus."""
        return f"http://127.0.0.1:{self.metrics_port}/metrics"

    def start(self) -> None:
        """Start the processes; returns before they are ready. Raises: ServiceError."""
        self.start_ray()
        self.serve()

    def start_ray(self) -> None:
        """Start Ray and the NATS server: what needs nothing of the catalogue.

        Raises: ServiceError; nothing runs then, and its folder is left to others.
        """
        self._check_settings()
        self._log_path.parent.mkdir(parents=True, exist_ok=True)
        self._lock.take()
        try:
            self._start_processes()
        except BaseException:
            self.stop()
            raise

    def _check_settings(self) -> None:
        if self._tuned and self.config["http_options"].get("ssl_certfile"):
            raise ServiceError("HAProxy takes no certificate from http_options: docs/security.md")
        check_ipv4(self.host)
        check_config_may_open(with_hosts(self.config, self.host))
        is_traced(self._env)  # what can't be traced is said here, not by each replica
        try:
            log_level(self._env)
        except ValueError as error:
            raise ServiceError(str(error)) from None
        if self.lines_path.is_dir():
            raise ServiceError(f"{LOG_VARIABLE}={self.lines_path}: that is a folder")

    def _start_processes(self) -> None:
        check_free(self.host, self.port, "--port")
        check_free(LOOPBACK, self.metrics_port, "--metrics-port")
        if self.nats is not None:
            self.nats.start(self._env)
        elif self._nats_url is not None:
            wait_until_there(self._nats_url, self.nats_patience_s)
        if self.nats_url is not None:
            self._env[NATS_URL_VARIABLE] = self.nats_url
        config = with_hosts(self.config, self.host, self._nats_host())
        check_config_may_open(config)
        self._config_path.touch(mode=0o600)
        self._config_path.chmod(0o600)  # a store's address may hold a password
        self._config_path.write_text(yaml.safe_dump(config))
        paths = [app["import_path"].replace(":", ".") for app in config["applications"]]
        modules = [path.rpartition(".")[0] for path in paths]
        if self._tuned:
            # In /tmp whatever TMPDIR says, as Ray's own: a socket's path has to be short.
            self._haproxy_files = TemporaryDirectory(
                prefix="lookalike-", dir="/tmp", ignore_cleanup_errors=True
            )
            self._env |= haproxy_files_env(Path(self._haproxy_files.name))
        with contextlib.suppress(FileNotFoundError):  # it says why the service before ended
            self._log_path.replace(self._log_path.with_name(f"{self._log_path.name}.1"))
        with self._log_path.open("wb") as log:
            self._process = launched(
                lambda: subprocess.Popen(
                    [sys.executable, "-m", "deployments.serve_main", str(os.getpid()), *modules],
                    env=self._env,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    # Out of the terminal's Ctrl-C, but in its session: Linux shares cores by
                    # session first, and nats-server and callers with one of their own waited up
                    # to 2 s.
                    process_group=0,
                )
            )

    def serve(self) -> None:
        """Start the stages as soon as Ray is there: they read the catalogue."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as waiting:
            waiting.write(f"{self._config_path}\n".encode())

    @property
    def _config_path(self) -> Path:
        return self._log_path.with_suffix(".yaml")

    def wait_ready(
        self, timeout_s: float = START_TIMEOUT_S, waiting: Callable[[float], None] | None = None
    ) -> dict[str, Any]:
        """Wait until the canary gets through, by HTTP and by NATS; the body of /readyz.

        `waiting` is told the seconds waited so far, several times a second.
        Raises: ServiceError when the service ends, or is not ready in time.
        """
        started = time.monotonic()
        # A proxy that the environment names does not reach this machine's own address.
        with httpx.Client(base_url=self.url, timeout=15, trust_env=False) as client:
            while True:
                self.check_alive()
                with contextlib.suppress(httpx.TransportError):
                    reply = client.get("/readyz")
                    if reply.status_code == httpx.codes.OK and self._workers_answer():
                        body: dict[str, Any] = reply.json()
                        return body
                waited = time.monotonic() - started
                if waited > timeout_s:
                    raise ServiceError(
                        f"the service was not ready after {timeout_s:.0f} s; "
                        f"its log ends with:\n{self.log_tail()}"
                    )
                if waiting is not None:
                    waiting(waited)
                time.sleep(0.2)

    def _nats_host(self) -> str | None:
        """Where the NATS server listens, as it says itself; None: the workers have to ask it."""
        if self.nats is not None:
            return self.nats.listens_on
        if self.nats_url is None:
            return None
        try:
            return listens_on(self.nats_url)
        except (OSError, ValueError):
            return None

    def _workers_answer(self) -> bool:
        if self.nats_url is None:
            return True
        with ThreadPoolExecutor(1) as pool:  # the caller's thread may have an event loop of its own
            return pool.submit(asyncio.run, _is_ready(self.nats_url)).result()

    def check_alive(self) -> None:
        """Start a NATS server that ended anew. Raises: ServiceError when the service ended."""
        if self.nats is not None:
            self.nats.keep_alive()
        if self._process is None or self._process.poll() is not None:
            raise ServiceError(f"the service ended; its log ends with:\n{self.log_tail()}")

    def log_tail(self, lines: int = 25) -> str:
        """The last lines of the service's log."""
        return "\n".join(self._log().splitlines()[-lines:])

    def still_starting(self) -> list[str]:
        """What was said so far of stages that did not run yet, oldest first."""
        return still_starting_lines(self._log())

    def _log(self) -> str:
        with contextlib.suppress(OSError):
            return self._log_path.read_text(errors="replace")
        return ""

    def processes(self) -> list[psutil.Process]:
        """Every living process of this service, its first one included."""
        own: set[psutil.Process] = set()
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(_RUN_ID) == self._run_id:
                    own |= {process, *process.children(recursive=True)}
        return sorted(own, key=lambda process: process.pid)

    def stop(self) -> None:
        """End every process of this service, in order at first, by force what is left."""
        if self._process is None:
            if self.nats is not None:
                self.nats.stop()
            self._give_back()
            return
        started = self.processes()
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
        if self.nats is not None:  # the workers have answered what they had accepted
            self.nats.stop()
        for end in (psutil.Process.terminate, psutil.Process.kill):
            left = wait_ended({*started, *self.processes()}, _LAST_BREATH_S)
            for process in left:
                with contextlib.suppress(psutil.Error):
                    end(process)
        wait_ended(left, _LAST_BREATH_S)
        self._process.wait(_LAST_BREATH_S)
        self._process = None
        self._give_back()

    def _give_back(self) -> None:
        if self._haproxy_files is not None:
            self._haproxy_files.cleanup()
            self._haproxy_files = None
        self._lock.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


async def _is_ready(nats_url: str) -> bool:
    # Imported here: Ray starts meanwhile.
    from lookalike.client.nats import NatsSearchClient

    async with NatsSearchClient(nats_url) as client:
        try:
            return (await client.ready()).status == "ready"
        except LookalikeError:
            return False
