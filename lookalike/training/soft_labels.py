"""What the teacher thinks of each picture's category, judged by folds that did not see it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np

from lookalike.training.linear_classifier import Labels, fit_linear_classifier
from lookalike.training.sample import NO_CLASS
from lookalike.training.teacher import Rows

_PENALTIES: Final = (3e-3, 1e-2, 3e-2)
_LEAST_SHARE: Final = 1e-9


def out_of_fold_shares(
    rows: Rows, labels: Labels, groups: Sequence[str], classes: int, folds: int = 4
) -> Rows:
    """A linear classifier's shares for rows of groups that it was not fitted on, (N, classes).

    Rows of label `NO_CLASS` are asked about, and nothing is fitted to them.
    Of `_PENALTIES` on its weights the one counts whose shares find the labels likeliest.
    """
    found = [_out_of_fold(rows, labels, groups, classes, folds, l2) for l2 in _PENALTIES]
    return max(found, key=lambda shares: _likelihood(shares, labels))


def _likelihood(shares: Rows, labels: Labels) -> float:
    """Mean logarithm of the shares of labels; 0 where there are none."""
    known = np.flatnonzero(labels != NO_CLASS)
    if not len(known):
        return 0.0
    return float(np.log(shares[known, labels[known]].clip(min=_LEAST_SHARE)).mean())


def _out_of_fold(
    rows: Rows, labels: Labels, groups: Sequence[str], classes: int, folds: int, l2: float
) -> Rows:
    fold = np.array([int(hashlib.sha256(g.encode()).hexdigest(), 16) % folds for g in groups])
    shares = np.full((len(rows), classes), 1.0 / classes, np.float32)
    for held_out in range(folds):
        fitted = (fold != held_out) & (labels != NO_CLASS)
        asked = fold == held_out
        if fitted.any() and asked.any():
            classifier = fit_linear_classifier(rows[fitted], labels[fitted], classes, l2)
            shares[asked] = classifier.logits(rows[asked]).softmax(dim=1).numpy()
    return shares
