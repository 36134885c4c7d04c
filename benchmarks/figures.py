"""The one form in which every benchmark prints what it measured."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lookalike import figures as core


@dataclass(frozen=True, slots=True)
class Figure(core.Figure):
    """A figure that prints itself."""

    def print(self, json_lines: bool) -> None:
        """Print on stdout: a JSON object on one line, or a line for people."""
        if json_lines:
            print(self.as_json(), flush=True)
            return
        compared = ""
        if self.reference is not None and self.ratio is not None:
            compared = f"  {self.ratio:8.2f} x  {self.reference} ({self.reference_value:.4g})"
        print(f"{self.case:44} {self.value:10.4g} {self.unit:6}{compared}", flush=True)


def medians_ms(calls: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median wall-clock milliseconds of each call, after one call of each to warm up.

    The calls take turns, so that a machine that slows down slows all of them.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(repeats + 1):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            if turn:
                times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(taken) for name, taken in times.items()}
