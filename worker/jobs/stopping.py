"""The end of a worker's work at jobs, and waits that end with it."""

from __future__ import annotations

import asyncio
from asyncio import create_task
from collections.abc import Coroutine
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class Stopping:
    """Whether a worker is to stop; it does so once."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    @property
    def is_told(self) -> bool:
        """Whether it is to."""
        return self._told.is_set()

    def tell(self) -> None:
        """It is to stop: what `unless` and `pause` wait for goes on no longer."""
        self._told.set()

    async def wait(self) -> None:
        """Until it is to stop."""
        await self._told.wait()

    async def unless(self, work: Coroutine[object, object, T]) -> T | None:
        """What `work` returns, None where the worker is to stop first."""
        doing, stopping = create_task(work), create_task(self._told.wait())
        try:
            await asyncio.wait([doing, stopping], return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else None
        finally:
            doing.cancel()
            stopping.cancel()

    async def pause(self, seconds: float) -> None:
        """So long, or until it is to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()
