"""The one form in which every benchmark prints what it measured."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_LESS_IS_BETTER: Final = frozenset({"s", "ms", "us", "MB", "GB"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside what it is compared with.

    `n` is how often it was measured, or over how many things. `reference` says in words what
    `reference_value` (same unit) stands for; both None where there is nothing to compare with.
    """

    case: str
    value: float
    unit: str
    n: int
    reference: str | None = None
    reference_value: float | None = None

    @property
    def ratio(self) -> float | None:
        """Above 1 is better than the reference, for times and sizes as for rates and scores."""
        if self.reference_value is None:
            return None
        if self.unit in _LESS_IS_BETTER:
            return self.reference_value / self.value if self.value else None
        return self.value / self.reference_value if self.reference_value else None

    def print(self, json_lines: bool) -> None:
        """Print on stdout: a JSON object on one line, or a line for people."""
        if json_lines:
            print(json.dumps(self._as_json(), ensure_ascii=False), flush=True)
            return
        compared = ""
        if self.reference is not None and self.ratio is not None:
            compared = f"  {self.ratio:8.2f} x  {self.reference} ({self.reference_value:.4g})"
        print(f"{self.case:44} {self.value:10.4g} {self.unit:6}{compared}", flush=True)

    def _as_json(self) -> dict[str, str | float | None]:
        return {
            "case": self.case,
            "value": self.value,
            "unit": self.unit,
            "reference": self.reference,
            "reference_value": self.reference_value,
            "ratio": self.ratio,
            "n": self.n,
        }


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
