"""A costly check that many may ask for."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable


class CachedCheck:
    """Runs a costly check at most once in `fresh_s` seconds; callers meanwhile share its end."""

    def __init__(self, check: Callable[[], Awaitable[object]], fresh_s: float) -> None:
        self._check = check
        self._fresh_s = fresh_s
        self._running: asyncio.Task[object] | None = None
        self._finished_at = -math.inf

    async def result(self) -> object:
        """What the check returned, or raises what it raised."""
        now = asyncio.get_running_loop().time()
        stale = self._running is None or (
            self._running.done() and now - self._finished_at > self._fresh_s
        )
        if stale:
            self._running = asyncio.create_task(self._run())
        assert self._running is not None
        return await asyncio.shield(self._running)

    async def _run(self) -> object:
        try:
            return await self._check()
        finally:
            self._finished_at = asyncio.get_running_loop().time()
