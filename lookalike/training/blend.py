"""Blends of two pictures of a batch: the network learns that what lies between is between."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import torch
from torch.nn import functional

from lookalike.training.losses import NO_INSTANCE
from lookalike.training.material import BatchTargets

LEAST_OWN_SHARE: Final = 0.5
"""The first picture of a blend outweighs the second."""


def blended(
    pixels: torch.Tensor, known: BatchTargets, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, BatchTargets]:
    """Lays another picture of the batch over about `share` of its (B, 3, H, W) pictures.

    Targets and classes are blended alike; a blend is no garment's second photo, nor another
    garment. `generator` lives on the CPU.

    Source: Zhang et al., "mixup: beyond empirical risk minimization", 2018.
    """
    if share == 0.0:
        return pixels, known
    count, device = len(pixels), pixels.device
    partner = torch.randperm(count, generator=generator).to(device)
    is_blend = (torch.rand(count, generator=generator) < share).to(device)
    own = LEAST_OWN_SHARE + (1.0 - LEAST_OWN_SHARE) * torch.rand(count, generator=generator)
    own = torch.where(is_blend, own.to(device), 1.0)

    def mixed(values: torch.Tensor) -> torch.Tensor:
        weight = own.view(-1, *[1] * (values.ndim - 1))
        return torch.lerp(values[partner], values, weight)

    return mixed(pixels), replace(
        known,
        targets=functional.normalize(mixed(known.targets), dim=1),
        wanted=mixed(known.wanted),
        shares=mixed(known.shares),
        class_weight=mixed(known.class_weight),
        instances=torch.where(is_blend, NO_INSTANCE, known.instances),
    )
