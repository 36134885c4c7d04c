"""Fits the look head: what differs between two photos of one garment shall count little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import torch

from lookalike.search import FEATURE_DIM
from lookalike.vision.look import PARTS, LookHead

PART_WEIGHTS: Final = (1.0, 0.8, 0.9)
"""Weights of last stage, third stage and colours before the axes are fitted."""

LEAST_SPREAD: Final = 0.5
"""Added to each direction's spread within garments (their mean is 1), so that a direction that
happens not to vary in the fitted pairs is not taken for a perfect one."""


@dataclass(frozen=True, slots=True)
class SameGarment:
    """Rows of `one` and `other` (P, 912) show one garment each; `weight` is the group's share."""

    one: torch.Tensor
    other: torch.Tensor
    weight: float


def fit_look_head(described: torch.Tensor, groups: Sequence[SameGarment]) -> LookHead:
    """A head from described garments (N, 912), of every kind, and groups of pairs of them.

    Without pairs the axes are the principal directions alone. A description is the pooled features
    and the colour histogram side by side.

    Source: Hatch, Kajarekar & Stolcke, "Within-class covariance normalization for SVM-based
    speaker recognition", 2006.
    """
    head = LookHead()
    head.means.copy_(described.mean(dim=0))
    weigh = torch.repeat_interleave(torch.tensor(PART_WEIGHTS), torch.tensor(PARTS)).double()
    rows = _parts(head, described) * weigh
    whiten = torch.eye(len(weigh), dtype=torch.float64)
    if groups:
        within = torch.zeros(len(weigh), len(weigh), dtype=torch.float64)
        for group in groups:
            apart = (_parts(head, group.one) - _parts(head, group.other)) * weigh
            covariance = apart.T @ apart
            within += group.weight * covariance / covariance.trace().clamp(min=1e-12)
        spread, directions = torch.linalg.eigh(within * len(weigh) / within.trace())
        whiten = (directions / (spread.clamp(min=0.0) + LEAST_SPREAD).sqrt()) @ directions.T
    whitened = rows @ whiten
    _, directions = torch.linalg.eigh(whitened.T @ whitened)
    axes = weigh[:, None] * whiten @ directions.flip(1)[:, :FEATURE_DIM]
    head.axes.copy_(axes / axes.norm(dim=0).mean())
    return head.eval()


def _parts(head: LookHead, described: torch.Tensor) -> torch.Tensor:
    pooled = sum(PARTS[:2])
    return head.parts(described[:, :pooled], described[:, pooled:]).double()
