"""The figures that `lookalike eval` prints: a value, its 95 % interval, what it is held against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.metrics import (
    Labels,
    Ranks,
    Shares,
    balanced_accuracy,
    bootstrap_interval,
    calibration_error,
    hits_within,
    recall_at,
)

PREDECESSOR_TOP1: Final = 0.7812
"""Top-1 of the service before this one over the same 13 categories. Source: issue 3, FACTS."""

ECE_GOAL: Final = 0.04
RECALL_PLACES: Final = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class EvalFigure:
    """One figure over `n` things, as a fraction 0..1, with its bootstrap 95 % interval.

    `less_is_better` turns the ratio to the reference round, so that above 1 is always better.
    """

    case: str
    value: float
    n: int
    low95: float
    high95: float
    reference: str | None = None
    reference_value: float | None = None
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """Above 1 is better than the reference; None where there is nothing to divide by."""
        if self.reference_value is None:
            return None
        above, below = self.value, self.reference_value
        if self.less_is_better:
            above, below = below, above
        return above / below if below else None

    def as_json(self) -> str:
        """One JSON object on one line."""
        return json.dumps(
            {
                "case": self.case,
                "value": round(self.value, 5),
                "unit": "fraction",
                "reference": self.reference,
                "reference_value": self.reference_value,
                "ratio": self.ratio,
                "n": self.n,
                "low95": round(self.low95, 5),
                "high95": round(self.high95, 5),
            }
        )


def classification_figures(shares: Shares, labels: Labels) -> list[EvalFigure]:
    """`top1`, `top2`, `balanced`, `ece`, and `class/NAME` for each category that occurs.

    `shares` (N, 13) calibrated, `labels` (N,) in the taxonomy's order, N > 0.
    """
    first, second = hits_within(shares, labels, 1), hits_within(shares, labels, 2)
    confidence = shares.max(axis=1).astype(np.float64)
    predecessor = ("predecessor, other photos", PREDECESSOR_TOP1)
    figures = [_mean_figure("top1", first, *predecessor), _mean_figure("top2", second)]
    low, high = bootstrap_interval(len(labels), lambda i: balanced_accuracy(first[i], labels[i]))
    figures.append(EvalFigure("balanced", balanced_accuracy(first, labels), len(labels), low, high))
    low, high = bootstrap_interval(
        len(labels), lambda i: calibration_error(confidence[i], first[i])
    )
    ece = calibration_error(confidence, first)
    figures.append(
        EvalFigure("ece", ece, len(labels), low, high, "goal", ECE_GOAL, less_is_better=True)
    )
    return figures + [
        _mean_figure(f"class/{category}", first[labels == at])
        for at, category in enumerate(CATEGORIES)
        if (labels == at).any()
    ]


def retrieval_figures(product_ranks: Ranks, style_ranks: Ranks) -> list[EvalFigure]:
    """`recall@1`, `@5`, `@10`, `mrr` for the product and `style_...` for its style, Q > 0."""
    figures = []
    for prefix, ranks in (("", product_ranks), ("style_", style_ranks)):
        figures += [
            _mean_figure(f"{prefix}recall@{places}", recall_at(ranks, places))
            for places in RECALL_PLACES
        ]
        figures.append(_mean_figure(f"{prefix}mrr", 1.0 / ranks))
    return figures


def _mean_figure(
    case: str,
    values: npt.NDArray[np.float64],
    reference: str | None = None,
    reference_value: float | None = None,
) -> EvalFigure:
    low, high = bootstrap_interval(len(values), lambda rows: float(values[rows].mean()))
    return EvalFigure(
        case, float(values.mean()), len(values), low, high, reference, reference_value
    )


def as_table(figures: Sequence[EvalFigure]) -> str:
    """The figures as aligned lines for people."""
    lines = [f"{'case':24} {'value':>8}  {'95 % interval':>17}  {'n':>6}"]
    lines += [
        f"{f.case:24} {f.value:8.4f}  {f.low95:8.4f}-{f.high95:<8.4f}  {f.n:6d}" for f in figures
    ]
    return "\n".join(lines)
