"""What the network said of photos that were seen lately: a repeated one costs no stage anything."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from cachetools import TTLCache

from lookalike.ports import Encoded
from lookalike.vision.crop import CropBoxPx

HASHED_AT_ONCE_BYTES: Final = 1 << 18
"""Hashing so small a photo, a fraction of a millisecond, can't hold up the event loop."""


@dataclass(frozen=True, slots=True)
class PhotoKey:
    """What features depend on: the photo's bytes (SHA-256), the box in pixels, and the model."""

    digest: bytes
    box: CropBoxPx
    model_version: str
    preprocessing: str


@dataclass(frozen=True, slots=True)
class PhotoCacheFigures:
    """Lookups since the start, and what is held: some 3 KB an entry, features and no picture.

    `shared` ones waited for another's stages to end; they are misses that cost nothing.
    """

    hits: int
    misses: int
    shared: int
    entries: int


@dataclass(slots=True)
class _Flight:
    """Stages at work on a photo, and how many requests wait for them."""

    task: asyncio.Task[Encoded]
    waiting: int = 0


class PhotoCache:
    """The least recently used entries go first, and each after `ttl_s`; for one event loop.

    Requests for the same photo at the same time share one run of the stages. It ends with the
    last of them: one that gives up does not take it from the others.
    """

    def __init__(
        self, max_entries: int, ttl_s: float, timer: Callable[[], float] = time.monotonic
    ) -> None:
        """`max_entries` 0: nothing is kept, and nothing shared."""
        self._held: TTLCache[PhotoKey, Encoded] = TTLCache(max_entries, ttl_s, timer)
        self._flights: dict[PhotoKey, _Flight] = {}
        self._hits = self._misses = self._shared = 0

    @property
    def figures(self) -> PhotoCacheFigures:
        """What it has done so far."""
        return PhotoCacheFigures(self._hits, self._misses, self._shared, len(self._held))

    async def encoded(self, key: PhotoKey, encode: Callable[[], Awaitable[Encoded]]) -> Encoded:
        """What is held under `key`, or what `encode` makes of it, which is then held.

        For those that only shared a run it is from the cache: its times are of who began it.

        Raises: what `encode` raises, to all that wait for it; that is not held.
        """
        if not self._held.maxsize:
            return await encode()
        while True:
            if (held := self._held.get(key)) is not None:
                self._hits += 1
                return replace(held, from_cache=True)
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                self._misses += 1
                flight = self._start(key, encode)
            else:
                self._shared += 1
            try:
                encoded = await self._wait(key, flight)
                return encoded if leads else replace(encoded, from_cache=True)
            except asyncio.CancelledError:
                if leads or _is_cancelled() or not flight.task.cancelled():
                    raise
                # Ray Serve ends the calls of a request whose client is gone; that was another's.

    def _start(self, key: PhotoKey, encode: Callable[[], Awaitable[Encoded]]) -> _Flight:
        async def run() -> Encoded:
            try:
                encoded = _owned(await encode())
                self._held[key] = encoded
                return encoded
            finally:
                if self._flights.get(key) is flight:
                    del self._flights[key]

        flight = _Flight(asyncio.create_task(run()))
        self._flights[key] = flight
        return flight

    async def _wait(self, key: PhotoKey, flight: _Flight) -> Encoded:
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                if self._flights.get(key) is flight:
                    del self._flights[key]
                flight.task.cancel()


async def photo_key(
    photo: bytes, box: CropBoxPx, model_version: str, preprocessing: str
) -> PhotoKey:
    """The key of a photo's box; large photos are hashed on a thread."""
    if len(photo) <= HASHED_AT_ONCE_BYTES:
        digest = _sha256(photo)
    else:
        digest = await asyncio.to_thread(_sha256, photo)
    return PhotoKey(digest, box, model_version, preprocessing)


def _sha256(photo: bytes) -> bytes:
    return hashlib.sha256(photo).digest()


def _owned(encoded: Encoded) -> Encoded:
    """Arrays of its own that nobody can change: a row would keep its whole batch in memory."""
    features, probabilities = np.array(encoded.features), np.array(encoded.probabilities)
    features.flags.writeable = probabilities.flags.writeable = False
    return replace(encoded, features=features, probabilities=probabilities)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
