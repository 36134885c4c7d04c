"""Traces through OpenTelemetry, where its own environment variables ask for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from deployments.errors import ServiceError
from lookalike.telemetry.tracing import NoTracer, Span, Tracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span as SdkSpan

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_EXPORTER_MODULE: Final = "opentelemetry.exporter.otlp.proto.http"


def is_traced(environment: Mapping[str, str]) -> bool:
    """Whether traces are asked for: an OTLP endpoint, or OTEL_TRACES_EXPORTER=otlp.

    Source: OpenTelemetry's environment variable specification; unlike there, nothing is exported
    where nothing is set.

    Raises: ServiceError for an exporter that is not there.
    """
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = environment.get("OTEL_TRACES_EXPORTER", "")
    if exporter not in ("", "otlp", "none"):
        raise ServiceError(f"OTEL_TRACES_EXPORTER={exporter}: only otlp and none are known")
    named = exporter == "otlp" or any(environment.get(name) for name in _ENDPOINTS)
    if exporter == "none" or not named:
        return False
    if find_spec("opentelemetry.exporter") is None or find_spec(_EXPORTER_MODULE) is None:
        raise ServiceError("traces need the extra otel: pip install -e '.[otel]' in the checkout")
    return True


def tracer_of(process: str) -> Tracer:
    """What the environment asks for: spans over OTLP/HTTP in batches, or nothing at all.

    Endpoint, headers, sampler and service name are the SDK's own OTEL_… variables.
    """
    if not is_traced(os.environ):
        return NoTracer()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    attributes = {"service.namespace": "lookalike", "lookalike.process": process}
    if "OTEL_SERVICE_NAME" not in os.environ:
        attributes["service.name"] = "lookalike"
    provider = TracerProvider(resource=Resource.create(attributes))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OtelTracer(provider)


class OtelTracer:
    """`Tracer` over a provider of OpenTelemetry's SDK."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("lookalike")

    @contextmanager
    def span(self, name: str, parent: str | None, *, inbound: bool = False) -> Iterator[Span]:
        """A span; it ends with the block, whatever ends that."""
        from opentelemetry.context import Context
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        above = Context()
        if parent is not None:
            carrier = {"traceparent": parent}
            above = TraceContextTextMapPropagator().extract(carrier, context=above)
        kind = SpanKind.SERVER if inbound else SpanKind.INTERNAL
        span = self._tracer.start_span(name, context=above, kind=kind)
        try:
            yield OtelSpan(span)
        finally:
            span.end()


class OtelSpan:
    """`Span` over one of the SDK's."""

    def __init__(self, span: SdkSpan) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """As W3C Trace Context writes it."""
        context = self._span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"

    def rename(self, name: str) -> None:
        """Another name."""
        self._span.update_name(name)

    def note(self, name: str, value: str) -> None:
        """An attribute."""
        self._span.set_attribute(name, value)

    def fail(self, code: str) -> None:
        """Status ERROR, with `error.type` as the semantic conventions have it."""
        from opentelemetry.trace import StatusCode

        self._span.set_status(StatusCode.ERROR)
        self._span.set_attribute("error.type", code)
