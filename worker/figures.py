"""True figures of an endpoint, for `$SRV.STATS`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from nats.micro.service import EndpointStats

from lookalike.contract.errors import LookalikeError, OverloadedError


class EndpointFigures:
    """Counts requests from their arrival to their answer.

    nats-py's own figures end when the request is handed to a task, and know no error that a task
    answered with.
    """

    def __init__(self) -> None:
        self._requests = 0
        self._answered = 0
        self._errors = 0
        self._overloaded = 0
        self._busy_ns = 0
        self._last_error = ""

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one request, from its arrival to its answer."""
        started = time.perf_counter_ns()
        self._requests += 1
        try:
            yield
        finally:
            self._answered += 1
            self._busy_ns += time.perf_counter_ns() - started

    def failed(self, error: LookalikeError) -> None:
        """A request was answered with an error."""
        self._errors += 1
        self._overloaded += isinstance(error, OverloadedError)
        self._last_error = f"{error.http_status}:{error.message}"

    def publish(self, stats: EndpointStats) -> dict[str, Any]:
        """Put the true figures into nats-py's; what ADR-32 has no field for is returned."""
        stats.num_requests = self._requests
        stats.num_errors = self._errors
        stats.last_error = self._last_error
        stats.processing_time = self._busy_ns
        stats.average_processing_time = self._busy_ns // max(self._answered, 1)
        return {
            "in_flight": self._requests - self._answered,
            "overloaded": self._overloaded,
        }
