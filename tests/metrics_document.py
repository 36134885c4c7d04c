"""docs/metrics.md, read by the tests that hold it to what is there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[1]
_METRIC: Final = re.compile(r"^\| `(ray_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.M)
_ALERT: Final = re.compile(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DocumentedMetric:
    """One row of the tables."""

    name: str
    type: str
    labels: frozenset[str]
    unit: str

    @property
    def is_own(self) -> bool:
        """Ours, not Ray Serve's."""
        return self.name.startswith("ray_lookalike_")

    @property
    def samples(self) -> set[str]:
        """The names that a query may use."""
        if self.type == "histogram":
            return {f"{self.name}_bucket", f"{self.name}_count"}
        return {self.name}


def documented_metrics() -> list[DocumentedMetric]:
    """The metrics that docs/metrics.md names."""
    return [
        DocumentedMetric(name, kind, frozenset(re.findall(r"`(\w+)`", labels)), unit.strip())
        for name, kind, labels, unit, _ in _METRIC.findall(_text())
    ]


def documented_alerts() -> list[str]:
    """The alerts that it names."""
    return [name for name, _, _ in _ALERT.findall(_text())]


def _text() -> str:
    return (CHECKOUT / "docs" / "metrics.md").read_text()
