"""Doors that are watched: an observer that remembers, a tracer that keeps its spans."""

from __future__ import annotations

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deployments.tracing import OtelTracer
from lookalike.telemetry.door import AnsweredRequest


class Told:
    """A `RequestObserver` that remembers."""

    def __init__(self) -> None:
        self.at_work = 0
        self.requests: list[AnsweredRequest] = []

    def entered(self, door: str) -> None:
        self.at_work += 1

    def answered(self, request: AnsweredRequest) -> None:
        self.at_work -= 1
        self.requests.append(request)


def traced() -> tuple[OtelTracer, InMemorySpanExporter]:
    """A tracer, and where its spans come once they have ended."""
    spans = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return OtelTracer(provider), spans
