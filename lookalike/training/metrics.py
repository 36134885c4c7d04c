"""Figures of classification and retrieval, each with its bootstrap interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

Shares = npt.NDArray[np.float32]
"""(N, C) float32 rows of sum 1."""

Labels = npt.NDArray[np.int64]
"""(N,) int64."""

Ranks = npt.NDArray[np.float64]
"""(Q,) float64: place of the first right gallery row, from 1; infinite where there is none."""

BOOTSTRAP_DRAWS: Final = 1000
ECE_BINS: Final = 15


def hits_within(shares: Shares, labels: Labels, places: int) -> npt.NDArray[np.float64]:
    """(N,) 1.0 where the label is among the `places` likeliest classes; ties by class order."""
    order = np.argsort(-shares, axis=1, kind="stable")[:, :places]
    return np.asarray((order == labels[:, None]).any(axis=1), np.float64)


def balanced_accuracy(hits: npt.NDArray[np.float64], labels: Labels) -> float:
    """Mean over the classes that occur of the share of hits in each."""
    return float(np.mean([hits[labels == c].mean() for c in np.unique(labels)]))


def calibration_error(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy.

    Over 15 equal-width bins weighted by their size; `confidence` (N,) in 0..1, `right` (N,) 0 or 1.

    Source: Guo et al., "On calibration of modern neural networks", 2017.
    """
    bins = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    gaps = np.bincount(bins, weights=confidence - right, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def first_right_ranks(
    queries: npt.NDArray[np.float32],
    gallery: npt.NDArray[np.float32],
    query_names: npt.NDArray[np.str_],
    gallery_names: npt.NDArray[np.str_],
    excluded: npt.NDArray[np.int64] | None = None,
) -> Ranks:
    """Place of the first gallery row of the query's name by cosine, ties by gallery order.

    `queries` (Q, D) and `gallery` (G, D) are unit rows; `excluded` (Q,) is a gallery row that a
    query must not find (itself), or -1.
    """
    scores = (queries @ gallery.T).astype(np.float64)
    if excluded is not None:
        asked = np.flatnonzero(excluded >= 0)
        scores[asked, excluded[asked]] = -np.inf
    order = np.argsort(-scores, axis=1, kind="stable")
    right = gallery_names[order] == query_names[:, None]
    if excluded is not None:
        right &= order != excluded[:, None]
    return np.where(right.any(axis=1), right.argmax(axis=1) + 1.0, np.inf)


def recall_at(ranks: Ranks, places: int) -> npt.NDArray[np.float64]:
    """(Q,) 1.0 where the first right row is among the first `places`."""
    return np.asarray(ranks <= places, np.float64)


def bootstrap_interval(
    count: int, figure: Callable[[npt.NDArray[np.int64]], float], seed: int = 0
) -> tuple[float, float]:
    """95 % percentile interval of a figure over resampled rows.

    `figure` gets row indices (count,) drawn with replacement.

    Source: Efron & Tibshirani, "An introduction to the bootstrap", 1993.
    """
    if count == 0:
        return (float("nan"), float("nan"))
    rng = np.random.default_rng(seed)
    drawn = [figure(rng.integers(0, count, count)) for _ in range(BOOTSTRAP_DRAWS)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return (float(low), float(high))
