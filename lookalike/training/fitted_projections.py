"""Projections that fit a network from its first step on, instead of beginning at random."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

import torch
from torch import nn
from torch.nn import functional

from lookalike.training.batch_parts import BatchPart
from lookalike.training.precision import autocast_of
from lookalike.training.student import Student
from lookalike.vision.garment_net import last_stages, pooled

RIDGE: Final = 0.03
"""Penalty beside inputs of a deviation of 1."""


class LeastSquares:
    """Sums over rows from which a linear map with a bias comes."""

    def __init__(self) -> None:
        self._inputs: torch.Tensor | None = None
        self._outputs: torch.Tensor | None = None

    def add(self, inputs: torch.Tensor, wanted: torch.Tensor) -> None:
        """(N, D) of a mean of about 0 and a deviation of about 1, (N, W); N at least 1."""
        rows = functional.pad(inputs, (0, 1), value=1.0).double()
        own, other = rows.T @ rows, rows.T @ wanted.double()
        self._inputs = own if self._inputs is None else self._inputs + own
        self._outputs = other if self._outputs is None else self._outputs + other

    def solution(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The weight (W, D) and the bias (W,), float32.

        Raises:
            ValueError: no row was added.
        """
        if self._inputs is None or self._outputs is None:
            raise ValueError("nothing to fit to")
        rows = self._inputs[-1, -1]
        penalty = torch.full_like(self._inputs[0], RIDGE) * rows
        penalty[-1] = 0.0
        solved = torch.linalg.solve(self._inputs + penalty.diag(), self._outputs).float()
        return solved[:-1].T, solved[-1]


@torch.no_grad()
def fit_projections(student: Student, batches: Iterable[BatchPart]) -> None:
    """Puts the least-squares solutions into a student's projections; nothing else changes.

    A network that was trained before is pulled apart by the gradient through random projections
    until these have learned what they are for.
    """
    before = {name: buffer.clone() for name, buffer in student.named_buffers()}
    student.train()
    sums: dict[nn.Module, LeastSquares] = {}

    def add(layer: nn.Module, inputs: torch.Tensor, wanted: torch.Tensor) -> None:
        known = wanted.any(dim=1)
        if known.any():
            sums.setdefault(layer, LeastSquares()).add(
                inputs[known].float(), functional.normalize(wanted[known].float(), dim=1)
            )

    for batch in batches:
        with autocast_of(batch.pixels.device):
            last_stage, _ = last_stages(student.net.backbone, batch.pixels)
        centred = student.project[0](pooled(last_stage))
        add(student.project[1], centred, batch.known.targets)
        if student.view is not None:
            add(student.view, centred, batch.known.viewed)
        if student.places is not None:
            inputs = student.places[0](last_stage.float())
            wanted = functional.adaptive_avg_pool2d(batch.known.places, inputs.shape[2:])
            add(student.places[1], _rows(inputs), _rows(wanted))
    for layer, least_squares in sums.items():
        weight, bias = least_squares.solution()
        of_layer = cast(nn.Linear, layer)
        of_layer.weight.copy_(weight.view_as(of_layer.weight))
        of_layer.bias.copy_(bias)
    for name, buffer in student.named_buffers():
        buffer.copy_(before[name])


def _rows(places: torch.Tensor) -> torch.Tensor:
    """(B, D, h, w) -> (B * h * w, D)."""
    return places.movedim(1, 3).flatten(0, 2)
