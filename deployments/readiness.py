"""A costly check that many may ask for."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedCheck(Generic[T]):
    """Runs a costly check at most once in `fresh_s` seconds; callers meanwhile share its end.

    It runs for all of them, so in none's context: Ray Serve ends the calls that belong to a
    request whose client is gone.
    """

    def __init__(self, check: Callable[[], Awaitable[T]], fresh_s: float) -> None:
        self._check = check
        self._fresh_s = fresh_s
        self._running: asyncio.Task[T] | None = None
        self._finished_at = -math.inf

    async def result(self) -> T:
        """What the check returned, or raises what it raised; one that was ended runs once more."""
        shared = self._shared()
        try:
            return await asyncio.shield(shared)
        except asyncio.CancelledError:
            if not shared.cancelled() or _is_cancelled():
                raise
        return await asyncio.shield(self._shared())

    def _shared(self) -> asyncio.Task[T]:
        running = self._running
        if running is None or running.cancelled() or (running.done() and not self._is_fresh()):
            running = self._running = asyncio.create_task(self._run(), context=Context())
        return running

    def _is_fresh(self) -> bool:
        return asyncio.get_running_loop().time() - self._finished_at <= self._fresh_s

    async def _run(self) -> T:
        try:
            return await self._check()
        finally:
            self._finished_at = asyncio.get_running_loop().time()


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
