"""The student in training: the network that ships, and what only training needs around it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple, cast

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn import functional

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM
from lookalike.training.losses import scaled_gradient
from lookalike.vision.garment_net import GarmentNet, last_stages, load_garment_net, pooled

DROPOUT: Final = 0.3
MAX_SCALE: Final = 60.0

STAGES: Final = (("conv1", "bn1", "layer1"), ("layer2",), ("layer3",), ("layer4",))
"""What can be frozen of a ResNet34, from its input on."""


class Seen(NamedTuple):
    """What a student makes of B pictures, float32: `features` (B, 512) of length 1, `projected`
    (B, D) to the targets' space, `viewed` (B, V) to the tuned teacher's, `logits` (B, 13), and
    `places` (B, V, h, w), each place of the last stage in the tuned teacher's space."""

    features: torch.Tensor
    projected: torch.Tensor
    viewed: torch.Tensor
    logits: torch.Tensor
    places: torch.Tensor


class Student(nn.Module):
    """A `GarmentNet` with a projection to the teacher's targets and a learned similarity scale.

    With a `view_dim` there is one to a tuned teacher's features of the same view as well. Of the
    backbone the first `frozen_stages` keep their weights and statistics: 1 is the stem and
    the first group of blocks.
    """

    def __init__(
        self,
        net: GarmentNet,
        target_dim: int,
        class_gradient: float,
        frozen_stages: int = 0,
        view_dim: int = 0,
    ) -> None:
        super().__init__()
        self.net = net
        self._frozen_stages = frozen_stages
        for module in self._frozen():
            module.requires_grad_(False)
        self.project = nn.Sequential(
            nn.BatchNorm1d(FEATURE_DIM, affine=False), nn.Linear(FEATURE_DIM, target_dim)
        )
        self.view = nn.Linear(FEATURE_DIM, view_dim) if view_dim else None
        self.places = (
            nn.Sequential(
                nn.BatchNorm2d(FEATURE_DIM, affine=False), nn.Conv2d(FEATURE_DIM, view_dim, 1)
            )
            if view_dim
            else None
        )
        self.log_scale = nn.Parameter(torch.tensor(3.0))
        self._class_gradient = class_gradient

    def forward(self, pixels: torch.Tensor, kept: torch.Tensor) -> Seen:
        """(B, 3, H, W), normalised -> features, projections and logits.

        `kept` (B, 512) is what dropout keeps of the classifier's hidden layer, as `kept_units`
        draws it: threads that draw from one generator would do so in no order.
        """
        last_stage, _ = last_stages(self.net.backbone, pixels)
        raw = pooled(last_stage)
        places = last_stage[:, :0] if self.places is None else self.places(last_stage).float()
        first, bend, _, last = self.net.mlp
        with torch.autocast(pixels.device.type, enabled=False):
            hidden = bend(first(scaled_gradient(raw, self._class_gradient)))
            logits = last(hidden * kept)
            centred = self.project[0](raw)
            projected = self.project[1](centred)
            viewed = raw[:, :0] if self.view is None else self.view(centred)
        return Seen(functional.normalize(raw, dim=1), projected, viewed, logits, places)

    def train(self, mode: bool = True) -> Student:
        """Sets training mode, but for what is frozen: its statistics stay as well."""
        super().train(mode)
        for module in self._frozen():
            module.eval()
        return self

    def _frozen(self) -> list[nn.Module]:
        stages = STAGES[: self._frozen_stages]
        return [self.net.backbone.get_submodule(name) for stage in stages for name in stage]

    def scale(self) -> torch.Tensor:
        """What cosines are multiplied by before they are compared with the teacher's."""
        return self.log_scale.exp().clamp(max=MAX_SCALE)


def kept_units(rows: int, generator: torch.Generator) -> torch.Tensor:
    """(rows, 512) float32: 0 for a dropped unit, else what keeps the mean."""
    kept = torch.rand(rows, FEATURE_DIM, generator=generator) >= DROPOUT
    return kept.float() / (1.0 - DROPOUT)


def new_net(start: Path | None, seed: int) -> GarmentNet:
    """A network from start weights, or from random ones with a seed.

    Start weights whose metadata name the classes in another order have their logits put into the
    taxonomy's.

    Raises:
        OSError: the file can't be read.
        ValueError: the file is no such network, or of other classes.
    """
    torch.manual_seed(seed)
    if start is None:
        return GarmentNet().train()
    try:
        net = load_garment_net(start)
    except SafetensorError as error:
        raise ValueError(f"{start} is no safetensors file: {error}") from None
    with safe_open(start, "pt") as file:
        classes = (file.metadata() or {}).get("classes", ",".join(CATEGORIES)).split(",")
    if sorted(classes) != sorted(CATEGORIES):
        raise ValueError(f"{start.name} is of other classes: {', '.join(classes)}")
    order = [classes.index(category) for category in CATEGORIES]
    last = cast(nn.Linear, net.mlp[-1])
    with torch.no_grad():
        last.weight.copy_(last.weight[order].clone())
        last.bias.copy_(last.bias[order].clone())
    return net.train()
