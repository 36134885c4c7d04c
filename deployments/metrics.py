"""Figures of the service as Ray's metrics: one Prometheus page a node has those of all replicas.

docs/metrics.md has each name, label and unit; a test holds it against what a service exports.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ray.util.metrics import Counter, Gauge, Histogram

from lookalike.photo_cache import PhotoCache
from lookalike.ports import ShardStatus
from lookalike.telemetry.door import CANCELLED, OK, AnsweredRequest

# fmt: off
REQUEST_BUCKETS_S: Final = [
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5,
    0.6, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 60.0,
]
STAGE_BUCKETS_S: Final = [
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1,
    0.15, 0.2, 0.3, 0.4, 0.6, 1.0, 2.0, 5.0, 10.0,
]
# fmt: on
PUBLISH_EVERY_S: Final = 1.0
"""Ray drops a gauge that was not set since its last report, which comes each second at most."""


class DoorMetrics:
    """`RequestObserver` that counts; `publish` sets what is the case just now."""

    def __init__(self, max_in_flight: Mapping[str, int], model_version: str) -> None:
        """`max_in_flight` of each door of this process."""
        self._model_version = model_version
        self._max_in_flight = max_in_flight
        self._in_flight = dict.fromkeys(max_in_flight, 0)
        self._requests = Counter(
            "lookalike_requests",
            "Requests that have ended, by what was asked and how it ended.",
            ("door", "operation", "code"),
        )
        self._duration = Histogram(
            "lookalike_request_duration_seconds",
            "From a request's arrival to its answer.",
            REQUEST_BUCKETS_S,
            ("door", "operation", "outcome"),
        )
        self._stage = Histogram(
            "lookalike_stage_duration_seconds",
            "What one stage took of an answered request, waiting included.",
            STAGE_BUCKETS_S,
            ("stage",),
        )
        self._at_work = Gauge(
            "lookalike_requests_in_flight", "Requests in one replica of a door.", ("door",)
        )
        self._limit = Gauge(
            "lookalike_requests_in_flight_limit",
            "How many one replica of a door lets in; one more is answered overloaded.",
            ("door",),
        )
        self._model_info = Gauge(
            "lookalike_model_info", "1, with the model's version.", ("door", "model_version")
        )

    def entered(self, door: str) -> None:
        """Count it as in flight."""
        self._in_flight[door] += 1

    def answered(self, request: AnsweredRequest) -> None:
        """Count it, and how long it took."""
        self._in_flight[request.door] -= 1
        tags = {"door": request.door, "operation": request.operation}
        self._requests.inc(1, tags | {"code": request.code})
        if request.code != CANCELLED:
            outcome = "ok" if request.code == OK else "error"
            self._duration.observe(request.total_ms / 1e3, tags | {"outcome": outcome})
        for stage, ms in request.stages_ms.items():
            self._stage.observe(ms / 1e3, {"stage": stage})

    async def publish(self) -> None:
        """Set the gauges."""
        for door, limit in self._max_in_flight.items():
            self._at_work.set(self._in_flight[door], {"door": door})
            self._limit.set(limit, {"door": door})
            self._model_info.set(1, {"door": door, "model_version": self._model_version})


class PhotoCacheMetrics:
    """How often one replica of a door knew a photo already."""

    def __init__(self, door: str, cache: PhotoCache) -> None:
        self._door = {"door": door}
        self._cache = cache
        self._told = cache.figures
        self._lookups = Counter(
            "lookalike_photo_cache_lookups",
            "Photos looked up among those seen lately, by what was found; shared: at work already.",
            ("door", "found"),
        )
        self._entries = Gauge(
            "lookalike_photo_cache_entries", "Photos that a replica remembers.", ("door",)
        )

    async def publish(self) -> None:
        """Count what has come since the last time, and set the gauge."""
        now, before = self._cache.figures, self._told
        self._told = now
        for found, more in (
            ("hit", now.hits - before.hits),
            ("miss", now.misses - before.misses),
            ("shared", now.shared - before.shared),
        ):
            if more:
                self._lookups.inc(more, self._door | {"found": found})
        self._entries.set(now.entries, self._door)


class ShardMetrics:
    """What one replica of a shard holds, and how far it is behind the store."""

    def __init__(self, shard: int, status: Callable[[], Awaitable[ShardStatus]]) -> None:
        self._tags = {"shard": str(shard)}
        self._status = status
        self._products = Gauge("lookalike_products", "Products that a shard can find.", ("shard",))
        self._version = Gauge(
            "lookalike_catalog_version", "Number of the last change that it has seen.", ("shard",)
        )
        self._behind = Gauge(
            "lookalike_catalog_lag_changes",
            "Changes that the store has and the shard has not, when it last looked.",
            ("shard",),
        )
        self._lost = Gauge(
            "lookalike_store_out_of_reach_seconds",
            "For how long the shard could not follow the store; 0 while it can.",
            ("shard",),
        )

    async def publish(self) -> None:
        """Set the gauges."""
        status = await self._status()
        self._products.set(status.products, self._tags)
        self._version.set(status.catalog_version, self._tags)
        self._behind.set(status.behind_changes, self._tags)
        self._lost.set(status.store_out_of_reach_s, self._tags)


class JobMetrics:
    """How many durable jobs are to be done, as each worker sees it: the same number for all."""

    def __init__(self, waiting: Callable[[], Awaitable[int | None]]) -> None:
        self._waiting = waiting
        self._jobs = Gauge("lookalike_jobs_waiting", "Durable jobs that wait or are at work.")

    async def publish(self) -> None:
        """Set the gauge, unless the number can't be told."""
        self._jobs.set(await self._waiting())


class NatsMetrics:
    """For how long a worker has been without NATS, or without the store of jobs that it had."""

    def __init__(self, out_of_reach_s: Callable[[], float]) -> None:
        self._out_of_reach_s = out_of_reach_s
        self._lost = Gauge(
            "lookalike_nats_out_of_reach_seconds",
            "For how long a worker had no NATS server, or no store of jobs there; 0 while it has.",
        )

    async def publish(self) -> None:
        """Set the gauge."""
        self._lost.set(self._out_of_reach_s())


class Publisher:
    """Publishes gauges every second, on the event loop of the replica that makes it."""

    def __init__(self, publish: Callable[[], Awaitable[None]]) -> None:
        self._publish = publish
        self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while True:
            await self._publish()
            await asyncio.sleep(PUBLISH_EVERY_S)
