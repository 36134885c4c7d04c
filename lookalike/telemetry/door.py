"""What a front door tells of its requests: to the log, to an observer, to a trace."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol

from lookalike.contract.errors import InternalError, LookalikeError
from lookalike.telemetry.origin import Origin, serving
from lookalike.telemetry.tracing import NoTracer, Tracer

OK: Final = "ok"
CANCELLED: Final = "cancelled"
"""The code of a request whose caller went away before it was answered."""
OTHER: Final = "other"
"""The operation of a request for what does not exist."""
_log: Final = logging.getLogger("lookalike.requests")


@dataclass(frozen=True, slots=True)
class AnsweredRequest:
    """A request that has ended: `code` "ok", an error's, or "cancelled"; times in milliseconds."""

    door: str
    operation: str
    code: str
    total_ms: float
    stages_ms: Mapping[str, float]


class RequestObserver(Protocol):
    """Is told of every request at a door, twice; it must not raise, nor take long."""

    def entered(self, door: str) -> None:
        """A request came to a door."""
        ...

    def answered(self, request: AnsweredRequest) -> None:
        """It has ended."""
        ...


class Nobody:
    """An observer for doors that nobody watches."""

    def entered(self, door: str) -> None:
        """Ignore it."""

    def answered(self, request: AnsweredRequest) -> None:
        """Ignore it."""


@dataclass(slots=True)
class OpenRequest:
    """A request at work; the door's code says how it goes on."""

    operation: str
    code: str = OK
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    is_fault: bool = False
    """The service's failure, not the caller's."""

    def answered_with(self, reply: object) -> None:
        """Take over the stages' times of a reply that has some."""
        timings_ms = getattr(reply, "timings_ms", None) or {}
        self.stages_ms = {stage: ms for stage, ms in timings_ms.items() if stage != "total"}

    def failed(self, error: LookalikeError) -> None:
        """It is answered with an error."""
        self.code = error.code
        self.is_fault = error.is_fault


class Door:
    """One front door: `request` goes around each of its requests.

    Work done meanwhile belongs to the request: its log lines carry the id, its calls of stages
    continue the trace.
    """

    def __init__(
        self,
        name: str,
        observer: RequestObserver | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self._name = name
        self._observer = observer or Nobody()
        self._tracer = tracer or NoTracer()

    @contextmanager
    def request(
        self, request_id: str, operation: str = OTHER, traceparent: str | None = None
    ) -> Iterator[OpenRequest]:
        """Around one request, from its arrival to its answer; `traceparent` is its caller's."""
        started = time.perf_counter()
        request = OpenRequest(operation)
        self._observer.entered(self._name)
        with (
            self._tracer.span(operation, traceparent, inbound=True) as span,
            serving(Origin(request_id, span.traceparent)),
        ):
            try:
                yield request
            except asyncio.CancelledError:
                request.code = CANCELLED
                raise
            except LookalikeError as error:
                request.failed(error)
                raise
            except BaseException:
                if request.code == OK:
                    request.failed(InternalError("nobody caught it"))
                raise
            finally:
                ended = AnsweredRequest(
                    self._name,
                    request.operation,
                    request.code,
                    (time.perf_counter() - started) * 1e3,
                    request.stages_ms,
                )
                span.rename(ended.operation)
                span.note("lookalike.door", ended.door)
                span.note("lookalike.request_id", request_id)
                span.note("lookalike.code", ended.code)
                if request.is_fault:  # a caller's mistake is no error of a server's span
                    span.fail(ended.code)
                self._observer.answered(ended)
                _write(ended)


def _write(request: AnsweredRequest) -> None:
    if not _log.isEnabledFor(logging.INFO):
        return
    times = {"total": request.total_ms, **request.stages_ms}
    fields = {
        "door": request.door,
        "operation": request.operation,
        "code": request.code,
        "ms": {stage: round(ms, 2) for stage, ms in times.items()},
    }
    _log.info("%s: %s", request.operation, request.code, extra={"fields": fields})
