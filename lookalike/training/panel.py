"""Several teachers: the tuned one, and others whose categories count as much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, cast

import torch

from lookalike.training.openvino_teacher import compiled, in_openvino
from lookalike.training.precision import autocast_of
from lookalike.training.tuned_teacher import CategoryTeacher, Sight
from lookalike.vision.garment_net import GarmentNet, at_size

SHARP_TOGETHER: Final = 1.5
"""The mean of a tuned and a frozen teacher, both unsure of changed views, is likelier so."""

_LEAST_SHARE: Final = 1e-9

Logits = Callable[[torch.Tensor], torch.Tensor]
"""(B, 3, H, W), normalised -> (B, 13) float32."""


class Panel:
    """A teacher whose categories are averaged with those of others; a `CategoryTeacher`.

    Networks of several kinds err on different pictures, so that the mean of their logits knows
    more than any. Features are the teacher's alone. With a `sharpness` above 1 the mean is as sure
    as what agrees may be.

    Source: Furlanello et al., "Born-again neural networks", 2018.
    """

    def __init__(
        self, teacher: CategoryTeacher, others: Sequence[Logits], sharpness: float = 1.0
    ) -> None:
        self._teacher, self._others, self._sharpness = teacher, others, sharpness

    def look(self, pixels: torch.Tensor) -> Sight:
        """What the teacher sees; `shares` are the geometric mean of all, of sum 1."""
        sight = self._teacher.look(pixels)
        said = [other(pixels).log_softmax(dim=1) for other in self._others]
        said.append(sight.shares.clamp(min=_LEAST_SHARE).log())
        mean = torch.stack(said).mean(dim=0)
        return sight._replace(shares=(self._sharpness * mean).softmax(dim=1))


def quickest_logits(net: GarmentNet, device: torch.device, size_px: int) -> Logits:
    """What a network says of the categories of views at its size, as it says it fastest, without
    a gradient."""
    looking = net.eval().requires_grad_(False).to(device)
    if in_openvino(device):
        quick = compiled(looking)
        return lambda pixels: torch.from_numpy(
            quick([at_size(pixels, size_px).contiguous().numpy()])[1]
        )

    def logits(pixels: torch.Tensor) -> torch.Tensor:
        with torch.no_grad(), autocast_of(device):
            _, found = looking(at_size(pixels, size_px))
        return cast(torch.Tensor, found.float())

    return logits
