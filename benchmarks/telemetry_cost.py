"""What it costs a door to tell of one request: alone, with a trace, with its line in the log.

    python -m benchmarks.telemetry_cost --json

Processor time of one thread, the median of several rounds; the cases take turns.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from benchmarks.figures import Figure
from deployments.tracing import OtelTracer
from lookalike.telemetry.door import Door
from lookalike.telemetry.json_log import LOG_VARIABLE, log_as_json

_ROUNDS = 9
_REPLY = SimpleNamespace(timings_ms={"total": 12.3, "segment": 5.1, "encode": 3.3, "top_k": 1.1})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--requests", type=int, default=3000, help="of one round")
    arguments = parser.parse_args()
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
    plain, traced = Door("http"), Door("http", tracer=OtelTracer(provider))
    rounds: dict[str, list[float]] = {"alone": [], "with a trace": [], "with a line": []}
    with tempfile.TemporaryDirectory() as folder:
        log_as_json("benchmark", {LOG_VARIABLE: str(Path(folder) / "log.jsonl")})
        lines = logging.getLogger("lookalike.requests")
        for _ in range(_ROUNDS):
            lines.setLevel(logging.WARNING)
            rounds["alone"].append(_one_us(plain, arguments.requests))
            rounds["with a trace"].append(_one_us(traced, arguments.requests))
            lines.setLevel(logging.INFO)
            rounds["with a line"].append(_one_us(plain, arguments.requests))
    provider.shutdown()
    for case, taken in rounds.items():
        Figure(
            case=f"a request at a door, {case}",
            value=statistics.median(taken),
            unit="us",
            n=arguments.requests * _ROUNDS,
        ).print(arguments.json)


def _one_us(door: Door, requests: int) -> float:
    started = time.process_time()
    for _ in range(requests):
        with door.request("0123456789abcdef", "recommend") as request:
            request.answered_with(_REPLY)
    return (time.process_time() - started) / requests * 1e6


if __name__ == "__main__":
    main()
