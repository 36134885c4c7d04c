"""What a service that nobody asks takes of the processors, by process.

    python -m benchmarks.idle --data data --json

Milliseconds of processor time in each second, in the mean over `--seconds`, from the processes' own
clocks. The catalogue does not change meanwhile, and nobody reads the metrics.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx
import psutil

from benchmarks.demo_service import as_the_service_runs, demo_config, running
from benchmarks.end_to_end import asked
from benchmarks.figures import Figure
from benchmarks.processes import name_of
from catalog.street_queries import street_queries

SETTLED_AFTER_S: Final = 5.0
LEAST_SHOWN_MS: Final = 1.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=30.0, help="to look on")
    arguments = parser.parse_args()
    as_the_service_runs()
    config = demo_config(arguments.data)
    query = street_queries(arguments.data / "street")[0]
    with tempfile.TemporaryDirectory() as folder, running(config, Path(folder)) as service:
        with httpx.Client(base_url=service.url, timeout=60) as client:
            asked(client, query)
        time.sleep(SETTLED_AFTER_S)
        taken = processor_ms_a_second(service.processes(), arguments.seconds)
    for name, ms in taken:
        if ms >= LEAST_SHOWN_MS:
            Figure(name, ms, "ms/s", 1).print(arguments.json)
    Figure("all processes", sum(ms for _, ms in taken), "ms/s", len(taken)).print(arguments.json)


def processor_ms_a_second(
    processes: list[psutil.Process], seconds: float
) -> list[tuple[str, float]]:
    """Name of each process and what it takes, those that take most first."""
    before = [processor_s(process) for process in processes]
    started = time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - started
    taken = [
        (name_of(process), (processor_s(process) - spent) * 1e3 / passed)
        for process, spent in zip(processes, before, strict=True)
    ]
    return sorted(taken, key=lambda named: -named[1])


def processor_s(process: psutil.Process) -> float:
    """Processor time of a process and of its children that have ended."""
    return sum(process.cpu_times()[:4])


if __name__ == "__main__":
    main()
