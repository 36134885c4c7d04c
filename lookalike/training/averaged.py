"""A moving average of a network in training: what is validated and exported."""

from __future__ import annotations

import copy
from typing import Final, Generic, TypeVar

import torch
from torch import nn

AVERAGE_DECAY: Final = 0.995

Net = TypeVar("Net", bound=nn.Module)


class AveragedNet(Generic[Net]):
    """Exponential moving average of a network's weights and statistics."""

    def __init__(self, net: Net) -> None:
        self.net: Net = copy.deepcopy(net).eval().requires_grad_(False)
        self._updates = 0

    @torch.no_grad()
    def update(self, net: Net) -> None:
        """Moves a step towards `net`; faster at first."""
        self._updates += 1
        decay = min(AVERAGE_DECAY, (1.0 + self._updates) / (10.0 + self._updates))
        current = net.state_dict()
        for name, tensor in self.net.state_dict().items():
            if tensor.is_floating_point():
                tensor.lerp_(current[name], 1.0 - decay)
            else:
                tensor.copy_(current[name])

    def state(self) -> dict[str, object]:
        """What a checkpoint keeps."""
        return {"net": self.net.state_dict(), "updates": self._updates}

    def restore(self, state: dict[str, object]) -> None:
        """Continues from a checkpoint."""
        self.net.load_state_dict(state["net"])  # type: ignore[arg-type]
        self._updates = int(state["updates"])  # type: ignore[call-overload]
