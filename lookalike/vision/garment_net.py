"""The network in torch, as it is trained: ResNet34's convolution part and an MLP."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.search import FEATURE_DIM
from lookalike.vision.bare_import import import_bare
from lookalike.vision.cutout import Cutouts
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD
from lookalike.vision.look import PREFIX


def build_backbone() -> nn.Module:
    """ResNet34 without its last layer, random weights: (B, 3, H, W) -> (B, 512).

    Source: He et al., "Deep residual learning for image recognition", 2015; torchvision's build.
    """
    # torchvision's own __init__ loads torch's compiler: 1.4 s of processor time and 80 MB.
    resnet = import_bare("torchvision.models.resnet", "torchvision", "torchvision.models")
    backbone: nn.Module = resnet.resnet34(weights=None)
    backbone.fc = nn.Identity()
    return backbone


def build_mlp(dropout: float = 0.3) -> nn.Sequential:
    """The classifier over raw features: (B, 512) -> (B, 13) logits in the taxonomy's order."""
    return nn.Sequential(
        nn.Linear(FEATURE_DIM, FEATURE_DIM),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(FEATURE_DIM, len(CATEGORIES)),
    )


class GarmentNet(nn.Module):
    """Backbone and classifier in one, as they are trained and saved (`backbone.*`, `mlp.*`)."""

    def __init__(self, dropout: float = 0.3) -> None:
        super().__init__()
        self.backbone = build_backbone()
        self.mlp = build_mlp(dropout)

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, 3, H, W) normalised pixels -> raw features (B, 512) and logits (B, 13)."""
        features = self.backbone(pixels)
        return features, self.mlp(features)


def last_stages(backbone: nn.Module, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(B, 3, H, W) normalised pixels -> what the last stage and the third make of each place.

    (B, 512, H/32, W/32) and (B, 256, H/16, W/16), sides rounded up.
    """
    net = cast(Any, backbone)
    stem = net.maxpool(net.relu(net.bn1(net.conv1(pixels))))
    third = net.layer3(net.layer2(net.layer1(stem)))
    return net.layer4(third), third


def pooled(stage: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W) -> (B, C) float32: the mean over places."""
    return stage.float().mean(dim=(2, 3))


def pooled_stages(backbone: nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) normalised pixels -> (B, 768): what the backbone answers, and its third stage.

    The first 512 are the backbone's own output, the other 256 the third stage's mean over places.
    """
    return torch.cat([pooled(stage) for stage in last_stages(backbone, pixels)], dim=1)


def load_garment_net(weights_file: Path) -> GarmentNet:
    """A network in float32 and evaluation mode, from a safetensors file of any float type.

    Raises:
        ValueError: the file's tensors are not those of a GarmentNet.
    """
    tensors = load_file(weights_file).items()
    state = {name: tensor.float() for name, tensor in tensors if not name.startswith(PREFIX)}
    # Random weights, thrown away at once: on the meta device drawing them loads torch's compiler.
    net = GarmentNet()
    for name in net.state_dict().keys() - state.keys():
        if name.endswith(".num_batches_tracked"):
            state[name] = torch.tensor(0)
    try:
        net.load_state_dict(state, assign=True)
    except RuntimeError as error:
        raise ValueError(f"{weights_file.name} is no GarmentNet: {error}") from error
    return net.eval()


def to_input(cutouts: Cutouts) -> torch.Tensor:
    """(B, H, W, 3) uint8 RGB -> (B, 3, H, W) float32, ImageNet-normalised, channels_last."""
    owned = np.require(cutouts, requirements=["C", "W"])  # Ray gives out read-only arrays
    pixels = torch.from_numpy(owned).permute(0, 3, 1, 2).float()
    mean = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    return pixels.sub_(mean * 255.0).div_(std * 255.0)


def at_size(pixels: torch.Tensor, size_px: int) -> torch.Tensor:
    """(B, 3, H, W) -> (B, 3, size, size), antialiased; untouched where it has that size."""
    if pixels.shape[-1] == size_px:
        return pixels
    shape = (size_px, size_px)
    return nn.functional.interpolate(pixels, shape, mode="bilinear", antialias=True)


def fold_batch_norm(backbone: nn.Module) -> None:
    """Merges each batch normalisation into the convolution before it, in place, in float32.

    Same function, a third fewer passes over memory, and 16-bit weights lose less than 16-bit
    running statistics would.
    """
    for parent in backbone.modules():
        children: OrderedDict[str, nn.Module] = OrderedDict(parent.named_children())
        previous: tuple[str, nn.Module] | None = None
        for name, child in children.items():
            if isinstance(child, nn.BatchNorm2d) and previous is not None:
                conv_name, conv = previous
                if isinstance(conv, nn.Conv2d):
                    fused = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, child)
                    setattr(parent, conv_name, fused)
                    setattr(parent, name, nn.Identity())
            if not isinstance(child, nn.ReLU):
                previous = (name, child)
