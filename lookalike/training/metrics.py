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

_QUERY_BLOCK: Final = 256
"""Queries that are ranked at once, so that memory is bounded by the gallery."""

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
    own: tuple[npt.NDArray[np.str_], npt.NDArray[np.str_]] | None = None,
) -> Ranks:
    """Place of the first gallery row of the query's name by cosine, ties by gallery order.

    `queries` (Q, D) and `gallery` (G, D) are unit rows. `own` is what tells pictures apart, of the
    queries (Q,) and of the gallery (G,): a query does not find the rows that are its own picture.
    """
    asked, shown = _codes(query_names, gallery_names)
    ranks = np.full(len(queries), np.inf)
    its_own = None if own is None else _codes(*own)
    for first in range(0, len(queries), _QUERY_BLOCK):
        block = slice(first, first + _QUERY_BLOCK)
        scores = queries[block] @ gallery.T
        right = asked[block, None] == shown
        if its_own is not None:
            itself = its_own[0][block, None] == its_own[1]
            scores[itself] = -np.inf
            right &= ~itself
        best = np.where(right, scores, -np.inf).argmax(axis=1)[:, None]
        highest = np.take_along_axis(scores, best, axis=1)
        earlier = np.arange(len(gallery)) < best
        before = ((scores > highest) | ((scores == highest) & earlier)).sum(axis=1)
        ranks[block] = np.where(right.any(axis=1), before + 1.0, np.inf)
    return ranks


def _codes(
    queries: npt.NDArray[np.str_], gallery: npt.NDArray[np.str_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Names as numbers: (Q,) and (G,) int64."""
    _, codes = np.unique(np.concatenate([queries, gallery]), return_inverse=True)
    return codes[: len(queries)], codes[len(queries) :]


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
