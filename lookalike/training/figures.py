"""The figures that `lookalike eval` prints: a value, its 95 % interval, what it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.figures import FigureWithInterval
from lookalike.training.metrics import (
    Labels,
    Ranks,
    Shares,
    balanced_accuracy,
    balanced_interval,
    bootstrap_interval,
    calibration_error,
    calibration_interval,
    hits_within,
    mean_interval,
    negative_log_likelihoods,
    recall_at,
)

PREDECESSOR_TOP1: Final = 0.7812
"""Top-1 of the service before this one over the same 13 categories. Source: issue 3, FACTS."""

ECE_GOAL: Final = 0.04
ROBUST_GOAL: Final = 0.97
RECALL_PLACES: Final = (1, 5, 10)

Hits = npt.NDArray[np.float64]
"""(N,) float64: 1.0 or 0.0."""


def classification_figures(shares: Shares, labels: Labels) -> list[FigureWithInterval]:
    """`top1`, `top2`, `balanced`, `ece`, `nll`, and `class/NAME` for each category that occurs.

    `nll` is the mean negative log-likelihood, which tells two models apart with fewer pictures.
    `shares` (N, 13) calibrated, `labels` (N,) in the taxonomy's order, N > 0.
    """
    first, second = hits_within(shares, labels, 1), hits_within(shares, labels, 2)
    confidence = shares.max(axis=1).astype(np.float64)
    figures = [
        _mean_figure("top1", first, "predecessor, other photos", PREDECESSOR_TOP1),
        _mean_figure("top2", second),
        _figure(
            "balanced",
            balanced_accuracy(first, labels),
            len(labels),
            balanced_interval(first, labels),
        ),
        _figure(
            "ece",
            calibration_error(confidence, first),
            len(labels),
            calibration_interval(confidence, first),
            "goal",
            ECE_GOAL,
            less_is_better=True,
        ),
        nll_figure("nll", negative_log_likelihoods(shares, labels)),
    ]
    return figures + [
        _mean_figure(f"class/{category}", first[labels == at])
        for at, category in enumerate(CATEGORIES)
        if (labels == at).any()
    ]


def retrieval_figures(product_ranks: Ranks, style_ranks: Ranks) -> list[FigureWithInterval]:
    """`recall@1`, `@5`, `@10`, `mrr` for the product and `style_...` for its style, Q > 0."""
    figures = []
    for prefix, ranks in (("", product_ranks), ("style_", style_ranks)):
        figures += [
            _mean_figure(f"{prefix}recall@{places}", recall_at(ranks, places))
            for places in RECALL_PLACES
        ]
        figures.append(_mean_figure(f"{prefix}mrr", 1.0 / ranks))
    return figures


def robustness_figures(found: Mapping[str, Hits]) -> list[FigureWithInterval]:
    """`CHANGE/recall@1` for each change of the photos: (Q,) 1.0 where a photo found itself."""
    return [
        _mean_figure(f"{change}/recall@1", hits, "goal", ROBUST_GOAL)
        for change, hits in found.items()
    ]


def nll_figure(case: str, nats: npt.NDArray[np.float64]) -> FigureWithInterval:
    """The mean of (N,) nats, of one model or by how much two differ, with its interval."""
    interval = bootstrap_interval(len(nats), lambda rows: float(nats[rows].mean()))
    return FigureWithInterval(
        case=case,
        value=float(nats.mean()),
        unit="nats",
        n=len(nats),
        less_is_better=True,
        low95=interval[0],
        high95=interval[1],
    )


def _mean_figure(
    case: str, values: Hits, reference: str | None = None, reference_value: float | None = None
) -> FigureWithInterval:
    value, interval = float(values.mean()), mean_interval(values)
    return _figure(case, value, len(values), interval, reference, reference_value)


def _figure(
    case: str,
    value: float,
    count: int,
    interval: tuple[float, float],
    reference: str | None = None,
    reference_value: float | None = None,
    less_is_better: bool = False,
) -> FigureWithInterval:
    return FigureWithInterval(
        case=case,
        value=value,
        unit="fraction",
        n=count,
        reference=reference,
        reference_value=reference_value,
        less_is_better=less_is_better,
        low95=interval[0],
        high95=interval[1],
    )


def as_table(figures: Sequence[FigureWithInterval]) -> str:
    """The figures as aligned lines for people."""
    lines = [f"{'case':24} {'value':>8}  {'95 % interval':>17}  {'n':>6}"]
    lines += [
        f"{f.case:24} {f.value:8.4f}  {f.low95:8.4f}-{f.high95:<8.4f}  {f.n:6d}" for f in figures
    ]
    return "\n".join(lines)
