"""The HTTP door of a `LiveService` on a port of its own: for what only speaks to addresses.

python -m tests.functional.live_door --port 8099
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.functional.live_service import LiveService

ROOT = Path(__file__).parents[2]
_CHANGES = frozenset({"PUT", "DELETE"})


class SeenAtOnce:
    """A service whose shards have seen each change before it is answered."""

    def __init__(self, service: LiveService) -> None:
        self._service = service
        self._app: ASGIApp = service.api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def caught_up(message: Any) -> None:
            if message["type"] == "http.response.start" and scope["method"] in _CHANGES:
                self._service.catch_up()
            await send(message)

        await self._app(scope, receive, caught_up)


@contextmanager
def live_door(folder: Path, *, port: int = 0, **options: Any) -> Iterator[str]:
    """Its address; it has ended afterwards."""
    service = LiveService(folder, **options)
    config = uvicorn.Config(SeenAtOnce(service), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)
            asyncio.run(service.close())


def ask(url: str, cwd: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """What schemathesis says of the API at an address."""
    tool = Path(sys.executable).with_name("st")
    return subprocess.run(
        [tool, "--config-file", ROOT / "schemathesis.toml", "run", f"{url}/openapi.json",
         "--checks", "all", "--no-color", *options],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


def main() -> None:
    """Have it asked by schemathesis, print what came of it, and end as that ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ask-for", type=int, default=60, metavar="SECONDS")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, live_door(Path(folder)) as url:
        done = ask(url, Path(folder), "--max-time", str(arguments.ask_for))
    print(done.stdout)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
