"""A trained network, moved back some of the way to what it started from."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def moved_towards(net: nn.Module, start: nn.Module, share: float) -> None:
    """Mixes `share` (0..1) of the weights and statistics of `start` into `net`, of one form.

    Source: Wortsman et al., "Robust fine-tuning of zero-shot models", 2022.
    """
    before = start.state_dict()
    for name, tensor in net.state_dict().items():
        if tensor.is_floating_point():
            tensor.lerp_(before[name].to(tensor.device), share)
