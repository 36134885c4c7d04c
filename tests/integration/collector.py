"""A collector of OpenTelemetry traces: OTLP over HTTP, on a free port of this process."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class CollectedSpan:
    """A span as it came over the wire; ids in hexadecimal digits."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    process: str


class Collector:
    """What came so far."""

    def __init__(self) -> None:
        self.url = ""
        self._spans: list[CollectedSpan] = []
        self._came = threading.Condition()

    def trace(self, trace_id: str, spans: int, within_s: float) -> list[CollectedSpan]:
        """The spans of a trace, once there are that many; what there is when time is up."""
        with self._came:
            self._came.wait_for(lambda: len(self._of(trace_id)) >= spans, within_s)
            return self._of(trace_id)

    def take(self, exported: bytes) -> None:
        """One request of an exporter."""
        sent = ExportTraceServiceRequest.FromString(exported)
        with self._came:
            for resource in sent.resource_spans:
                about = {a.key: a.value.string_value for a in resource.resource.attributes}
                self._spans += [
                    CollectedSpan(
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        span.name,
                        about["lookalike.process"],
                    )
                    for scope in resource.scope_spans
                    for span in scope.spans
                ]
            self._came.notify_all()

    def _of(self, trace_id: str) -> list[CollectedSpan]:
        return [span for span in self._spans if span.trace_id == trace_id]


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector that listens."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            collector.take(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield collector
        finally:
            server.shutdown()
            serving.join()
