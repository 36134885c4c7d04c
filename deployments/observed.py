"""What every replica does beside its work: log lines, spans and figures under the request's id.

A stage's replica also gives way to the doors, which the same cores serve.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from deployments.collector import collect_as_usual
from deployments.metrics import Publisher, ShardMetrics
from deployments.priority import give_way
from deployments.tracing import tracer_of
from lookalike.contract.errors import LookalikeError
from lookalike.telemetry.door import CANCELLED, OK
from lookalike.telemetry.json_log import log_as_json
from lookalike.telemetry.origin import Origin, serving
from lookalike.telemetry.tracing import Tracer

_log: Final = logging.getLogger("lookalike.stages")


def begin_telemetry(process: str) -> Tracer:
    """Have this process, a replica, log as JSON and trace as the environment says."""
    handler = log_as_json(process)
    # Ray Serve's own warnings come into the same stream; its logger passes nothing on to the root.
    handler.addFilter(lambda record: record.name != "ray.serve" or record.levelno > logging.INFO)
    logging.getLogger("ray.serve").addHandler(handler)
    return tracer_of(process)


class StageCalls:
    """Goes around each call of one stage, on its event loop."""

    def __init__(self, stage: str, tracer: Tracer) -> None:
        self._stage = stage
        self._tracer = tracer

    @contextmanager
    def one(self, call: str, origin: Origin | None) -> Iterator[None]:
        """Around a call that serves `origin`; nothing is told of a call that serves nobody."""
        if origin is None:
            yield
            return
        started, code = time.perf_counter(), OK
        with self._tracer.span(call, origin.traceparent) as span, serving(origin):
            span.note("lookalike.stage", self._stage)
            try:
                yield
            except asyncio.CancelledError:
                code = CANCELLED
                raise
            except LookalikeError as error:
                code = error.code
                if error.is_fault:
                    span.fail(code)
                raise
            except BaseException as error:
                code = type(error).__name__
                span.fail(code)
                raise
            finally:
                took_ms = round((time.perf_counter() - started) * 1e3, 2)
                fields = {"stage": self._stage, "code": code, "ms": took_ms}
                told = partial(_log.info, "%s: %s", call, code, extra={"fields": fields})
                # Its caller waits for the answer, nobody for the line.
                asyncio.get_running_loop().call_soon(told)


def observed(stage: type[Any], name: str, calls: dict[str, str]) -> type[Any]:
    """A stage's class whose `calls` take the request that they serve, as `origin`.

    `calls` maps methods to the names of their spans.
    """

    class ObservedStage(stage):  # type: ignore[misc]
        def __init__(self, *args: Any) -> None:
            give_way()
            self._calls = StageCalls(name, begin_telemetry(name))
            super().__init__(*args)
            collect_as_usual()

    for method, span in calls.items():
        setattr(ObservedStage, method, _serving_origin(getattr(stage, method), span))
    return ObservedStage


def observed_shard(stage: type[Any], name: str, shard: int) -> type[Any]:
    """As `observed`, and the shard's figures every second."""

    class ObservedShard(observed(stage, name, {"search": "search", "product": "product"})):  # type: ignore[misc]
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self._publisher = Publisher(ShardMetrics(shard, self.status).publish)

    return ObservedShard


def _serving_origin(
    method: Callable[..., Awaitable[Any]], span: str
) -> Callable[..., Awaitable[Any]]:
    async def call(self: Any, *args: Any, origin: Origin | None = None) -> Any:
        with self._calls.one(span, origin):
            return await method(self, *args)

    return call
