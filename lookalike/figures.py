"""The one form of a measured figure: what benchmarks and `lookalike eval` print with `--json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

LESS_IS_BETTER: Final = frozenset({"s", "ms", "us", "MB", "GB"})
"""Units of times and sizes."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value beside what it is compared with.

    `n` is how often it was measured, or over how many things. `reference` says in words what
    `reference_value` (same unit) stands for; both None where there is nothing to compare with.
    `less_is_better` is for errors; times and sizes are known by their units.
    """

    case: str
    value: float
    unit: str
    n: int
    reference: str | None = None
    reference_value: float | None = None
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Above 1 is better than the reference; None where there is nothing to divide by."""
        if self.reference_value is None:
            return None
        above, below = self.value, self.reference_value
        if self.less_is_better or self.unit in LESS_IS_BETTER:
            above, below = below, above
        return above / below if below else None

    def as_json(self) -> str:
        """One JSON object on one line."""
        return json.dumps(self._fields(), ensure_ascii=False)

    def _fields(self) -> dict[str, str | float | None]:
        return {
            "case": self.case,
            "value": self.value,
            "unit": self.unit,
            "reference": self.reference,
            "reference_value": self.reference_value,
            "ratio": self.ratio,
            "n": self.n,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureWithInterval(Figure):
    """A figure over a sample, with its 95 % interval."""

    low95: float
    high95: float

    def _fields(self) -> dict[str, str | float | None]:
        fields = Figure._fields(self)  # a slotted dataclass has no zero-argument super()
        return fields | {
            "value": round(self.value, 5),
            "low95": round(self.low95, 5),
            "high95": round(self.high95, 5),
        }
