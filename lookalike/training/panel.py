"""Two teachers: the tuned one, and an earlier student, whose categories count as much."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import torch

from lookalike.training.openvino_teacher import compiled, in_openvino
from lookalike.training.precision import autocast_of
from lookalike.training.tuned_teacher import CategoryTeacher, Sight
from lookalike.vision.garment_net import GarmentNet, at_size

_LEAST_SHARE: Final = 1e-9

Logits = Callable[[torch.Tensor], torch.Tensor]
"""(B, 3, H, W), normalised -> (B, 13) float32."""


class Panel:
    """A teacher whose categories are averaged with an earlier student's; a `CategoryTeacher`.

    Networks of two kinds err on different pictures, so that the mean of their logits knows more
    than either. Features are the teacher's alone.

    Source: Furlanello et al., "Born-again neural networks", 2018.
    """

    def __init__(self, teacher: CategoryTeacher, earlier: Logits, earlier_px: int) -> None:
        self._teacher, self._earlier, self._earlier_px = teacher, earlier, earlier_px

    def look(self, pixels: torch.Tensor) -> Sight:
        """What the teacher sees; `shares` are the geometric mean of both, of sum 1."""
        sight = self._teacher.look(pixels)
        earlier = self._earlier(at_size(pixels, self._earlier_px)).log_softmax(dim=1)
        own = sight.shares.clamp(min=_LEAST_SHARE).log()
        return sight._replace(shares=((own + earlier) / 2.0).softmax(dim=1))


def quickest_logits(net: GarmentNet, device: torch.device) -> Logits:
    """What a network says of the categories, as it says it fastest, without a gradient."""
    looking = net.eval().requires_grad_(False).to(device)
    if in_openvino(device):
        quick = compiled(looking)
        return lambda pixels: torch.from_numpy(quick([pixels.contiguous().numpy()])[1])

    def logits(pixels: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), autocast_of(device):
            _, found = looking(pixels)
        return cast(torch.Tensor, found.float())

    return logits
