"""Fits the look head: what differs between two photos of one garment shall count little."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from lookalike.search import FEATURE_DIM
from lookalike.training.cutout_cache import Pictures
from lookalike.training.validation import described
from lookalike.training.views import CHANGED, CLOSE_UP, views_of
from lookalike.vision.garment_net import GarmentNet
from lookalike.vision.look import PARTS, LookHead

PART_WEIGHTS: Final = (1.0, 0.8, 0.9)
"""Weights of last stage, third stage and colours before the axes are fitted."""

LEAST_SPREAD: Final = 0.5
"""Added to each direction's spread within garments (their mean is 1), so that a direction that
happens not to vary in the fitted pairs is not taken for a perfect one."""

CHANGED_SHARE: Final = 1.0
CLOSE_SHARE: Final = 0.5
VIEW_SHARE: Final = 0.3
"""Weights of the pairs that the head is fitted to."""

MOST_MAIN_VIEWS: Final = 8
"""A product that is listed thousands of times would be as many pairs, each with each."""


@dataclass(frozen=True, slots=True)
class SameGarment:
    """Rows of `one` and `other` (P, 912) show one garment each; `weight` is the group's share."""

    one: torch.Tensor
    other: torch.Tensor
    weight: float


@dataclass(frozen=True, slots=True)
class SeenAgain:
    """Garments (N, 912) as they are, in other light and crop, and a close-up of each.

    Picture `further[i]` is a further view of the product that picture `main[i]` shows, both (P,).
    """

    plain: torch.Tensor
    changed: torch.Tensor
    close_up: torch.Tensor
    further: npt.NDArray[np.int64]
    main: npt.NDArray[np.int64]

    def pairs(self, kept: npt.NDArray[np.bool_]) -> list[SameGarment]:
        """What the head is fitted to, of the garments that are `kept` (N,)."""
        rows = torch.from_numpy(kept)
        groups = [
            SameGarment(self.plain[rows], self.changed[rows], CHANGED_SHARE),
            SameGarment(self.plain[rows], self.close_up[rows], CLOSE_SHARE),
        ]
        both = kept[self.further] & kept[self.main]
        if both.any():
            one, other = self.plain[self.further[both]], self.plain[self.main[both]]
            groups.append(SameGarment(one, other, VIEW_SHARE))
        return groups


def see_again(
    net: GarmentNet,
    pictures: Pictures,
    instances: npt.NDArray[np.int64],
    main: npt.NDArray[np.bool_],
    input_px: int,
) -> SeenAgain:
    """Describes cutouts (N, 224, 224, 3) and changed forms of them at the size that is served.

    Pictures of equal `instances` (N,) show one product, `main` (N,) are the views to be found.
    """
    every = np.arange(len(pictures))
    changed, close_up = (
        described(net, views_of(pictures, settings, seed), every, input_px)
        for seed, settings in enumerate((CHANGED, CLOSE_UP))
    )
    further, mains = views_of_one(instances, main)
    plain = described(net, pictures, every, input_px)
    return SeenAgain(plain, changed, close_up, further, mains)


def views_of_one(
    instances: npt.NDArray[np.int64], main: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows (P,) of further views, and of the main ones of the same product, 8 at most of each."""
    mains: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(main):
        mains[int(instances[row])].append(int(row))
    pairs = [
        (int(row), of)
        for row in np.flatnonzero(~main)
        for of in mains[int(instances[row])][:MOST_MAIN_VIEWS]
    ]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def fit_look_head(
    garments: torch.Tensor,
    groups: Sequence[SameGarment],
    part_weights: tuple[float, float, float] = PART_WEIGHTS,
    least_spread: float = LEAST_SPREAD,
) -> LookHead:
    """A head from described garments (N, 912), of every kind, and groups of pairs of them.

    Without pairs the axes are the principal directions alone. A description is the pooled features
    and the colour histogram side by side.

    Source: Hatch, Kajarekar & Stolcke, "Within-class covariance normalization for SVM-based
    speaker recognition", 2006.
    """
    means = garments.mean(dim=0).numpy()
    head = LookHead(means, np.eye(sum(PARTS), FEATURE_DIM, dtype=np.float32))
    weigh = torch.repeat_interleave(torch.tensor(part_weights), torch.tensor(PARTS)).double()
    rows = _parts(head, garments) * weigh
    whiten = torch.eye(len(weigh), dtype=torch.float64)
    if groups:
        within = torch.zeros(len(weigh), len(weigh), dtype=torch.float64)
        for group in groups:
            apart = (_parts(head, group.one) - _parts(head, group.other)) * weigh
            covariance = apart.T @ apart
            within += group.weight * covariance / covariance.trace().clamp(min=1e-12)
        spread, directions = torch.linalg.eigh(within * len(weigh) / within.trace())
        whiten = (directions / (spread.clamp(min=0.0) + least_spread).sqrt()) @ directions.T
    whitened = rows @ whiten
    _, directions = torch.linalg.eigh(whitened.T @ whitened)
    axes = weigh[:, None] * whiten @ directions.flip(1)[:, :FEATURE_DIM]
    axes = axes / axes.norm(dim=0).mean()
    return LookHead(means, np.ascontiguousarray(axes.numpy(), np.float32))


def _parts(head: LookHead, described: torch.Tensor) -> torch.Tensor:
    pooled, colours = np.split(described.numpy(), [sum(PARTS[:2])], axis=1)
    return torch.from_numpy(head.parts(pooled, colours)).double()
