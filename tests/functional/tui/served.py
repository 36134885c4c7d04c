"""The real gateway over fake stages, served by a real server in a thread of this process."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from deployments.api import HttpApi
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.access.gate import Gate
from lookalike.contract.errors import InternalError
from lookalike.ports import Cutout
from lookalike.recommender import Recommender
from lookalike.vision.crop import CropBoxPx
from tests.fakes import FakeEncoder, FakeSegmenter, colour_shards, manifest
from tests.functional.tui.drawn_shop import SHIRT_BOX, fill_images


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ShopSegmenter(FakeSegmenter):
    """Suggests the shirt and the trousers; holds cutouts back while `hold` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = False
        self.suggests = True
        self._held: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self.arrived = threading.Semaphore(0)

    async def cutout(self, photo: bytes, box: CropBoxPx) -> Cutout:
        self.arrived.release()
        if self.hold:
            go = asyncio.Event()
            self._held.append((asyncio.get_running_loop(), go))
            await go.wait()
        return await super().cutout(photo, box)

    def let_go(self) -> None:
        """Hold nothing back any more, what is held included."""
        self.hold = False
        while self._held:
            loop, go = self._held.pop()
            loop.call_soon_threadsafe(go.set)

    async def garments(self, photo: bytes) -> list[CropBoxPx]:
        if not self.suggests:
            raise InternalError("no boxes today")
        return [CropBoxPx(*SHIRT_BOX), CropBoxPx(150, 440, 180, 160)]


@dataclass(frozen=True, slots=True)
class Served:
    """Where it answers, and the stage that tests reach into."""

    url: str
    segmenter: ShopSegmenter


@contextmanager
def served(
    folder: Path, *, port: int = 0, gate: Gate | None = None, **gateway: Any
) -> Iterator[Served]:
    """Serve until the block ends, on a free port if none is given."""
    segmenter = ShopSegmenter()
    recommender = Recommender(segmenter, FakeEncoder(), colour_shards(), manifest())
    api = build_api(HttpApi(recommender, fill_images(folder), GatewayArgs(**gateway), gate=gate))
    config = uvicorn.Config(api, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(128)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", segmenter)
        finally:
            server.should_exit = True
            thread.join(20)
