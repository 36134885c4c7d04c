"""Figures of classification and retrieval, each with its 95 % interval."""

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

LEAST_SHARE: Final = 1e-6
"""A label's share below which its logarithm says nothing more than "not at all"."""


def hits_within(shares: Shares, labels: Labels, places: int) -> npt.NDArray[np.float64]:
    """(N,) 1.0 where the label is among the `places` likeliest classes; ties by class order."""
    order = np.argsort(-shares, axis=1, kind="stable")[:, :places]
    return np.asarray((order == labels[:, None]).any(axis=1), np.float64)


def negative_log_likelihoods(shares: Shares, labels: Labels) -> npt.NDArray[np.float64]:
    """(N,) nats: what each label costs by the shares; one of no share counts as `LEAST_SHARE`."""
    of_label = shares[np.arange(len(labels)), labels].astype(np.float64)
    return np.asarray(-np.log(np.maximum(of_label, LEAST_SHARE)), np.float64)


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
    count: int,
    figure: Callable[[npt.NDArray[np.int64]], float],
    seed: int = 0,
    strata: Labels | None = None,
) -> tuple[float, float]:
    """95 % percentile interval of a figure over resampled rows.

    `figure` gets row indices (count,) drawn with replacement. With `strata` (count,) each keeps
    its number of rows: a figure over classes would else be over fewer of them in draws that lack a
    rare one. What a stratum of one row may be otherwise, no resampling says.

    Source: Efron & Tibshirani, "An introduction to the bootstrap", 1993.
    """
    if count == 0:
        return (float("nan"), float("nan"))
    low, high = np.percentile(_resampled(count, figure, seed, strata), [2.5, 97.5])
    return (float(low), float(high))


def mean_interval(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    """95 % interval of the mean of (N,) values in 0..1: the bootstrap, or the exact binomial one.

    Where all are 0, or all 1, no resample differs from them: then it is from 0 or up to 1, as far
    as so many rows may be alike by chance.

    Source: Clopper & Pearson, "The use of confidence or fiducial limits", 1934.
    """
    if not len(values) or values.min() < values.max() or values[0] not in (0.0, 1.0):
        return bootstrap_interval(len(values), lambda rows: float(values[rows].mean()))
    least = 0.025 ** (1.0 / len(values))
    return (least, 1.0) if values[0] else (0.0, 1.0 - least)


def balanced_interval(hits: npt.NDArray[np.float64], labels: Labels) -> tuple[float, float]:
    """95 % interval of the balanced accuracy of (N,) hits, N > 0, drawn within each class.

    Where all are right, or none is, that of as many rows of classes that are alike frequent.
    """
    if hits.min() == hits.max():
        return mean_interval(hits)
    return bootstrap_interval(
        len(hits), lambda rows: balanced_accuracy(hits[rows], labels[rows]), strata=labels
    )


def calibration_interval(
    confidence: npt.NDArray[np.float64], right: npt.NDArray[np.float64], seed: int = 0
) -> tuple[float, float]:
    """95 % interval of the calibration error of `confidence` (N,), `right` (N,) 0 or 1, N > 0.

    The error of few rows is above that of many, and that of a resample higher still, so that
    percentiles would lie above the truth, and even above the value. So it is the basic interval,
    which subtracts that excess, widened to the value; from 0 where perfectly calibrated confidences
    would bring as much in 2.5 % of draws, and never above 1.

    Source: Efron & Tibshirani, "An introduction to the bootstrap", 1993, for the basic interval;
    Broecker & Smith, "Increasing the reliability of reliability diagrams", 2007, for the draws.
    """
    value = calibration_error(confidence, right)
    resampled = _resampled(
        len(right), lambda rows: calibration_error(confidence[rows], right[rows]), seed
    )
    low, high = np.percentile(resampled, [2.5, 97.5])
    most = min(1.0, max(value, 2 * value - float(low)))
    rng = np.random.default_rng(seed)
    by_chance = [
        calibration_error(confidence, (rng.random(len(right)) < confidence).astype(np.float64))
        for _ in range(BOOTSTRAP_DRAWS)
    ]
    if value <= np.percentile(by_chance, 97.5):
        return 0.0, most
    return min(value, max(0.0, 2 * value - float(high))), most


def _resampled(
    count: int,
    figure: Callable[[npt.NDArray[np.int64]], float],
    seed: int,
    strata: Labels | None = None,
) -> list[float]:
    rng = np.random.default_rng(seed)
    groups = [np.arange(count)]
    if strata is not None:
        groups = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    return [
        figure(np.concatenate([rows[rng.integers(0, len(rows), len(rows))] for rows in groups]))
        for _ in range(BOOTSTRAP_DRAWS)
    ]
