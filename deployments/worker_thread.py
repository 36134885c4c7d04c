"""Compute that must not block a replica's event loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class WorkerThread:
    """One thread, or a few, that run calls in the order of their arrival.

    A call whose caller gives up before it has begun is never run: that is how work past its
    deadline is dropped.
    """

    def __init__(self, name: str, threads: int = 1) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work` on a thread and await its result."""
        context = contextvars.copy_context()  # what it logs is logged under the request's id
        future = self._pool.submit(lambda: context.run(work, *args, **kwargs))
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Run nothing more; returns once the last call has ended."""
        self._pool.shutdown(cancel_futures=True)
