"""A linear classifier over a frozen teacher's features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from lookalike.training.teacher import Rows

Labels = npt.NDArray[np.int64]
"""(N,) int64 class indices."""

_ITERATIONS: Final = 80
_LEAST_SPREAD: Final = 1e-4


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """`mean` and `spread` (D,) of the features it was fitted to, `weight` (D + 1, classes), the
    last row of which is the bias; all float32, on the CPU."""

    mean: torch.Tensor
    spread: torch.Tensor
    weight: torch.Tensor

    def logits(self, rows: Rows) -> torch.Tensor:
        """(N, D) -> (N, classes) float32."""
        inputs = (torch.from_numpy(rows) - self.mean) / self.spread
        return inputs @ self.weight[:-1] + self.weight[-1]


def fit_linear_classifier(rows: Rows, labels: Labels, classes: int, l2: float) -> LinearClassifier:
    """Fitted to `rows` (N, D) of classes `labels` (N,).

    `l2` is the penalty on squared weights, of features scaled to a deviation of 1.
    """
    given = torch.from_numpy(rows)
    mean, spread = given.mean(dim=0), given.std(dim=0, correction=0) + _LEAST_SPREAD
    inputs, wanted = (given - mean) / spread, torch.from_numpy(labels)
    weight = torch.zeros(inputs.shape[1] + 1, classes, requires_grad=True)
    solver = torch.optim.LBFGS([weight], max_iter=_ITERATIONS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        solver.zero_grad()
        logits = inputs @ weight[:-1] + weight[-1]
        loss = functional.cross_entropy(logits, wanted) + l2 * weight[:-1].square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    solver.step(closure)  # type: ignore[no-untyped-call]
    return LinearClassifier(mean, spread, weight.detach())
