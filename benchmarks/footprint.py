"""Resident memory of a freshly started service, by process, after some queries.

    python -m benchmarks.footprint --data data --json

PSS counts a page that several processes share once, in equal parts; RSS counts it in each of
them. The sum of PSS is what the service takes from the machine.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

import httpx

from benchmarks.demo_service import demo_config, running
from benchmarks.end_to_end import asked
from benchmarks.figures import Figure
from benchmarks.processes import name_of
from catalog.street_queries import street_queries
from deployments.local_service import LocalService

GOAL_MB: Final = 2_500.0
QUERIES: Final = 20

Megabytes = dict[str, float]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    arguments = parser.parse_args()
    config = demo_config(arguments.data)
    queries = street_queries(arguments.data / "street")
    with tempfile.TemporaryDirectory() as folder, running(config, Path(folder)) as service:
        with httpx.Client(base_url=service.url, timeout=60) as client:
            for number in range(QUERIES):
                asked(client, queries[number % len(queries)])
        processes = footprint(service)
    for kind in ("PSS", "RSS"):
        for name, sizes in processes:
            Figure(f"{name}, {kind}", sizes[kind], "MB", 1).print(arguments.json)
    totals = {kind: sum(sizes[kind] for _, sizes in processes) for kind in ("RSS", "PSS")}
    Figure("sum of RSS", totals["RSS"], "MB", len(processes)).print(arguments.json)
    Figure(
        case="resident, shared pages counted once",
        value=totals["PSS"],
        unit="MB",
        n=len(processes),
        reference="goal",
        reference_value=GOAL_MB,
    ).print(arguments.json)


def footprint(service: LocalService) -> list[tuple[str, Megabytes]]:
    """Name and memory of each process of the service, the largest first."""
    sizes = []
    for process in service.processes():
        memory = process.memory_full_info()
        megabytes = {"RSS": memory.rss / 1e6, "PSS": memory.pss / 1e6}
        sizes.append((name_of(process), megabytes))
    return sorted(sizes, key=lambda named: -named[1]["PSS"])


if __name__ == "__main__":
    main()
