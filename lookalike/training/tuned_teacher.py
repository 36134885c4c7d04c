"""The tuned teacher: ImageNet EfficientNet-Lite2 that has learned the 13 categories as well."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple, Protocol, cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.precision import autocast_of
from lookalike.training.teacher import TEACHER_DIM, lite2_net
from lookalike.vision.garment_net import at_size, pooled
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD

TUNED_DROPOUT: Final = 0.3
STATISTICS_MOMENTUM: Final = 0.05
"""Share of a batch in the running statistics: Lite2's own 0.01 is for runs of 100,000 batches."""


class Sight(NamedTuple):
    """What a teacher makes of B pictures, float32: `features` (B, D) of length 1, `shares` (B, 13)
    of the categories, and `places` (B, D, h, w), features of each place, of any length."""

    features: torch.Tensor
    shares: torch.Tensor
    places: torch.Tensor

    @classmethod
    def of(cls, features: torch.Tensor, logits: torch.Tensor, places: torch.Tensor) -> Sight:
        """What the forward pass of a `TunedTeacher` found."""
        return cls(nn.functional.normalize(features, dim=1), logits.softmax(dim=1), places)


class CategoryTeacher(Protocol):
    """What looks at the very pictures that the student sees, and says what it makes of them."""

    def look(self, pixels: torch.Tensor) -> Sight:
        """(B, 3, H, W), normalised -> what it sees there, without a gradient."""


class Enlarging:
    """A teacher that is shown pictures at `least_px` or more, whatever the student sees."""

    def __init__(self, teacher: CategoryTeacher, least_px: int) -> None:
        self._teacher, self._least_px = teacher, least_px

    def look(self, pixels: torch.Tensor) -> Sight:
        """(B, 3, H, H), normalised -> what the teacher sees there, without a gradient."""
        return self._teacher.look(at_size(pixels, max(self._least_px, pixels.shape[-1])))


class TunedTeacher(nn.Module):
    """EfficientNet-Lite2 with a linear layer for the categories; a `CategoryTeacher`.

    Takes pixels as the student does, so that both look at one view.
    """

    def __init__(self) -> None:
        """With ImageNet weights and an untrained head.

        Raises ModuleNotFoundError without the `train` extra.
        """
        super().__init__()
        self.net = lite2_net()
        for part in self.net.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.momentum = STATISTICS_MOMENTUM
        self.centre = nn.BatchNorm1d(TEACHER_DIM, affine=False)
        self.dropout = nn.Dropout(TUNED_DROPOUT)
        self.head = nn.Linear(TEACHER_DIM, len(CATEGORIES))

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(B, 3, H, W), normalised for ResNet34 -> features (B, 1280), logits (B, 13), places.

        All float32; features are centred, of spread 1 each: their mean alone would look alike.
        Places are (B, 1280, H/32, W/32), the same centre and spread taken from each of them.
        """
        mean = torch.tensor(IMAGENET_MEAN, device=pixels.device).view(1, 3, 1, 1)
        std = torch.tensor(IMAGENET_STD, device=pixels.device).view(1, 3, 1, 1)
        levels = ((pixels * std + mean) * 255.0 - 127.0) / 128.0
        maps = self.net.extract_features(levels.contiguous(memory_format=torch.channels_last))  # type: ignore[operator]
        with torch.autocast(pixels.device.type, enabled=False):
            centred = self.centre(pooled(maps))
            mean = cast(torch.Tensor, self.centre.running_mean)
            variance = cast(torch.Tensor, self.centre.running_var)
            deviation = (variance + self.centre.eps).sqrt()
            places = (maps.float() - mean[:, None, None]) / deviation[:, None, None]
            return centred, self.head(self.dropout(centred)), places

    @torch.no_grad()
    def look(self, pixels: torch.Tensor) -> Sight:
        """(B, 3, H, W), normalised -> D is 1280, h and w are H/32 and W/32."""
        with autocast_of(pixels.device):
            return Sight.of(*self(pixels))

    def save(self, path: Path, origin: str = "") -> None:
        """Writes the weights as safetensors, whole or not at all, and what they came from.

        Raises:
            OSError: they can't be written.
        """
        unfinished = path.with_suffix(".tmp")
        tensors = {name: t.contiguous() for name, t in self.state_dict().items()}
        try:
            save_file(tensors, unfinished, metadata={"origin": origin})
        except SafetensorError as error:
            raise OSError(f"{path} can't be written: {error}") from error
        unfinished.replace(path)


def origin_in(path: Path) -> str:
    """What a teacher that `save` wrote came from; empty where that is not known.

    Raises:
        OSError: the file can't be read.
        ValueError: it holds something else.
    """
    try:
        with safe_open(path, "pt") as file:
            return str((file.metadata() or {}).get("origin", ""))
    except SafetensorError:
        raise ValueError(f"{path} is no tuned teacher") from None


def load_tuned_teacher(path: Path, device: torch.device) -> TunedTeacher:
    """A teacher that `save` wrote, ready to look.

    Raises:
        OSError: the file can't be read.
        ValueError: it holds something else.
    """
    teacher = TunedTeacher()
    try:
        teacher.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError):
        raise ValueError(f"{path} is no tuned teacher") from None
    teacher.eval().requires_grad_(False)
    return cast(TunedTeacher, teacher.to(device).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
