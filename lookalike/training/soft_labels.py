"""What the teacher thinks of each picture's category, judged by folds that did not see it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from lookalike.training.sample import NO_CLASS
from lookalike.training.teacher import Rows

Labels = npt.NDArray[np.int64]
"""(N,) int64 class indices, `NO_CLASS` where none."""

_PENALTIES: Final = (3e-3, 1e-2, 3e-2)
_ITERATIONS: Final = 80
_LEAST_SHARE: Final = 1e-9


def out_of_fold_shares(
    rows: Rows, labels: Labels, groups: Sequence[str], classes: int, folds: int = 4
) -> Rows:
    """A linear classifier's shares for rows of groups that it was not fitted on, (N, classes).

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
            shares[asked] = linear_shares(rows[fitted], labels[fitted], rows[asked], classes, l2)
    return shares


def linear_shares(rows: Rows, labels: Labels, asked: Rows, classes: int, l2: float) -> Rows:
    """Softmax shares (M, classes) for `asked` of a linear classifier fitted on `rows`.

    `l2` is the penalty on squared weights, of features scaled to a deviation of 1.
    """
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-4
    inputs = torch.from_numpy((rows - mean) / spread)
    wanted = torch.from_numpy(labels)
    weight = torch.zeros(inputs.shape[1] + 1, classes, requires_grad=True)
    solver = torch.optim.LBFGS([weight], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        solver.zero_grad()
        logits = inputs @ weight[:-1] + weight[-1]
        loss = functional.cross_entropy(logits, wanted) + l2 * weight[:-1].square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(closure)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        logits = torch.from_numpy((asked - mean) / spread) @ weight[:-1] + weight[-1]
        return np.asarray(logits.softmax(dim=1))
