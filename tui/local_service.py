"""A service of this machine, started by its own command."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

READY = "Ready after"
"""How the line of `lookalike up` begins that says the service answers."""

_CONFIG = "serve_config.yaml"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def command_for(url: str, data: Path) -> list[str] | None:
    """The command that starts a service at `url`; None where that is not on this machine.

    None too where `data` would lie in a working folder that is removed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 80
        data = data.absolute()
    except (ValueError, OSError):
        return None
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        return None
    beside = Path(sys.executable).with_name("lookalike")
    program = str(beside) if beside.is_file() else "lookalike"
    return [program, "up", "--port", str(port), "--data", str(data)]


def folder_with_config(here: Path, code: Path = Path(__file__).parents[1]) -> Path | None:
    """Where `lookalike up` finds its configuration: here, else in the checkout that runs."""
    return next((folder for folder in (here, code) if (folder / _CONFIG).is_file()), None)


class LocalService:
    """One child process; `lines` tells what it says, `stop` ends it and all that it started.

    One that has ended can be started again.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._reading = asyncio.Lock()

    async def lines(self) -> AsyncIterator[str]:
        """Start it; every line that it prints, to its end. Raises: OSError."""
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1", "COLUMNS": "100"},
            cwd=folder_with_config(Path.cwd()),
            start_new_session=True,
        )
        while line := await self._read_line(self._process):
            yield line.decode(errors="replace").rstrip()

    async def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self.ask_to_end()
        # It could not end while nobody takes what it says; whoever follows `lines` may go on.
        while await self._read_line(process):
            pass
        await process.wait()

    def ask_to_end(self) -> None:
        """Ask it to end; it then ends its own children first."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)

    async def _read_line(self, process: asyncio.subprocess.Process) -> bytes:
        assert process.stdout is not None
        async with self._reading:
            return await process.stdout.readline()
