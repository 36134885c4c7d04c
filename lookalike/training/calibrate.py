"""What confidences and cosines mean: the temperature, and the curves from cosine to a match."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from lookalike.contract.taxonomy import CATEGORIES, Category
from lookalike.training.sample import NO_CLASS
from lookalike.vision.manifest import MatchCalibration, MatchCurve

Rows = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

LEAST_PAIRS: Final = 30
"""A category with fewer matching pairs takes the default curve."""

PRIOR_MATCH: Final = 0.5
"""Matches and others weigh the same: a probability of 0.5 is where either is as likely."""

_STEEPEST: Final = 200.0


def fit_temperature(logits: Rows, labels: Labels) -> float:
    """The temperature of least cross-entropy over held-out logits (N, C), labels (N,).

    Source: Guo et al., "On calibration of modern neural networks", 2017.
    """
    candidates = np.exp(np.linspace(np.log(0.2), np.log(5.0), 241))
    given, wanted = torch.from_numpy(logits), torch.from_numpy(labels)
    losses = [float(functional.cross_entropy(given / float(t), wanted)) for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def fit_match_calibration(
    features: Rows, labels: Labels, instances: npt.NDArray[np.int64], seed: int = 0
) -> MatchCalibration:
    """One curve a category and one for all, from pairs of held-out views.

    `features` (N, 512) unit rows; rows of equal `instances` match, others of the same category
    don't. What the index returns are near neighbours, so each row's non-matches are its nearest.

    Raises:
        ValueError: no two rows match.
    """
    cosines, matches, categories = _pairs(features, labels, instances, seed)
    if not matches.any():
        raise ValueError("no two of the held-out pictures show one product")
    curves: dict[Category, MatchCurve] = {}
    for at, category in enumerate(CATEGORIES):
        own = categories == at
        if matches[own].sum() >= LEAST_PAIRS and (~matches[own]).sum() >= LEAST_PAIRS:
            curves[category] = fit_curve(cosines[own], matches[own])
    return MatchCalibration(default=fit_curve(cosines, matches), by_category=curves)


def fit_curve(cosines: npt.NDArray[np.float64], matches: npt.NDArray[np.bool_]) -> MatchCurve:
    """Platt's logistic curve over cosines (P,) with classes balanced, smoothed targets.

    Source: J. Platt, "Probabilistic outputs for support vector machines", 1999.
    """
    positives, negatives = int(matches.sum()), int((~matches).sum())
    target = np.where(matches, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))
    weight = np.where(matches, PRIOR_MATCH / positives, (1.0 - PRIOR_MATCH) / max(negatives, 1))
    given, wanted, share = (torch.from_numpy(a).double() for a in (cosines, target, weight))
    middle, spread = float(cosines.mean()), float(cosines.std()) + 1e-6
    line = torch.tensor([1.0, 0.0], dtype=torch.float64, requires_grad=True)
    solver = torch.optim.LBFGS([line], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        solver.zero_grad()
        logits = line[0] * (given - middle) / spread + line[1]
        loss = functional.binary_cross_entropy_with_logits(
            logits, wanted, weight=share, reduction="sum"
        )
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(closure)  # type: ignore[no-untyped-call]
    slope = min(max(float(line[0].detach()) / spread, 1e-3), _STEEPEST)
    offset = float(line[1].detach())
    midpoint = middle - offset * spread / max(float(line[0].detach()), 1e-6)
    return MatchCurve(slope=slope, midpoint=float(np.clip(midpoint, -1.0, 1.0)))


def _pairs(
    features: Rows, labels: Labels, instances: npt.NDArray[np.int64], seed: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Each row's matches, and its hardest and as many random non-matches of its category."""
    rng = np.random.default_rng(seed)
    scores = (features @ features.T).astype(np.float64)
    cosines: list[float] = []
    matches: list[bool] = []
    categories: list[int] = []
    for row in np.flatnonzero(labels != NO_CLASS):
        alike = np.flatnonzero((instances == instances[row]) & (np.arange(len(labels)) != row))
        others = np.flatnonzero((labels == labels[row]) & (instances != instances[row]))
        if not len(alike):
            continue
        hardest = others[np.argsort(-scores[row, others])[:3]]
        drawn = rng.choice(others, min(3, len(others)), replace=False) if len(others) else others
        for group, is_match in ((alike, True), (hardest, False), (drawn, False)):
            cosines += list(scores[row, group])
            matches += [is_match] * len(group)
            categories += [int(labels[row])] * len(group)
    return np.array(cosines), np.array(matches, bool), np.array(categories, np.int64)
