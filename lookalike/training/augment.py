"""Random crops, tilts, light and holes for whole batches, on any device."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from lookalike.vision.garment_net import at_size
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """How far pictures are changed. Colour moves little: it is part of what a garment is.

    A share `as_served` of them is neither scaled, moved nor tilted, and so as sharp as in service.
    """

    scale: tuple[float, float] = (0.75, 1.15)
    as_served: float = 0.0
    stretch: float = 0.12
    tilt_deg: float = 12.0
    shift: float = 0.12
    brightness: float = 0.28
    contrast: float = 0.22
    saturation: float = 0.18
    tint: float = 0.08
    hole_share: float = 0.25
    hole_side: tuple[float, float] = (0.12, 0.35)


DEFAULT_AUGMENT: Final = AugmentSettings(as_served=0.2)

_FINER: Final = 1.1
"""Pictures are brought to this many times the asked size, smoothed as in serving, before they are
sampled: sampling them at their full size would show the network edges that serving never does."""

_UNMOVED: Final = torch.eye(2, 3)
"""The map of a picture as it is, but for the mirror."""

_FULL_INK: Final = 0.1
"""From so far below white on, light changes a pixel fully; nearer to white ever less."""


def augmented(
    pictures: npt.NDArray[np.uint8],
    size: int,
    generator: torch.Generator,
    settings: AugmentSettings = DEFAULT_AUGMENT,
) -> torch.Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, size, size) float32 in 0..1, white where nothing was.

    What is white stays so in any light: a cutout's ground is put behind it after the photo was
    taken. `generator` lives on the CPU, so that a seed gives one result on every device.
    """
    pixels = resized(pictures, min(pictures.shape[1], round(_FINER * size)))
    maps = _random_maps(len(pixels), generator, settings)
    grid = functional.affine_grid(maps, [len(pixels), 3, size, size], False)
    # Bilinear samples are softer than what is served.
    ink = functional.grid_sample(
        1.0 - pixels, grid, mode="bicubic", padding_mode="zeros", align_corners=False
    ).clamp(0.0, 1.0)
    unmoved = (maps.abs() == _UNMOVED).all(dim=2).all(dim=1)
    if unmoved.any():
        served, mirrored = resized(pictures[unmoved.numpy()], size), maps[unmoved, 0, 0] < 0.0
        ink[unmoved] = 1.0 - torch.where(mirrored.view(-1, 1, 1, 1), served.flip(3), served)
    lit = _relit(1.0 - ink, generator, settings)
    lit = torch.lerp(1.0 - ink, lit, (ink.amax(dim=1, keepdim=True) / _FULL_INK).clamp(max=1.0))
    return _with_holes(lit, generator, settings)


def resized(pictures: npt.NDArray[np.uint8], size: int) -> torch.Tensor:
    """(B, H, W, 3) uint8 -> (B, 3, size, size) float32 in 0..1, unchanged but for the size."""
    pixels = torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 255.0
    return at_size(pixels, size)


def normalised(pixels: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) in 0..1 -> the network's input, as `vision.encode.to_input` makes it."""
    mean = torch.tensor(IMAGENET_MEAN, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD, device=pixels.device).view(1, 3, 1, 1)
    return ((pixels - mean) / std).contiguous(memory_format=torch.channels_last)


def _uniform(count: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


def _random_maps(count: int, generator: torch.Generator, settings: AugmentSettings) -> torch.Tensor:
    """(B, 2, 3) affine maps from output to input coordinates, both in -1..1."""
    scale = _uniform(count, *settings.scale, generator)
    stretch = torch.exp(_uniform(count, -settings.stretch, settings.stretch, generator))
    angle = _uniform(count, -settings.tilt_deg, settings.tilt_deg, generator) * math.pi / 180.0
    flip = torch.where(torch.rand(count, generator=generator) < 0.5, -1.0, 1.0)
    room = (1.0 - scale).abs() + settings.shift
    x_shift = _uniform(count, -1.0, 1.0, generator) * room
    y_shift = _uniform(count, -1.0, 1.0, generator) * room
    if settings.as_served:
        straight = torch.rand(count, generator=generator) < settings.as_served
        scale, stretch = (drawn.masked_fill(straight, 1.0) for drawn in (scale, stretch))
        angle, x_shift, y_shift = (
            drawn.masked_fill(straight, 0.0) for drawn in (angle, x_shift, y_shift)
        )
    cos, sin = torch.cos(angle), torch.sin(angle)
    rows = [
        torch.stack([scale * stretch * cos * flip, -scale * sin, x_shift], dim=1),
        torch.stack([scale * sin * flip, scale / stretch * cos, y_shift], dim=1),
    ]
    return torch.stack(rows, dim=1)


def _relit(
    pixels: torch.Tensor, generator: torch.Generator, settings: AugmentSettings
) -> torch.Tensor:
    count = len(pixels)

    def factor(spread: float, channels: int = 1) -> torch.Tensor:
        drawn = _uniform(count * channels, 1.0 - spread, 1.0 + spread, generator)
        return drawn.view(count, channels, 1, 1)

    lit = pixels * factor(settings.brightness) * factor(settings.tint, 3)
    middle = lit.mean(dim=(1, 2, 3), keepdim=True)
    lit = (lit - middle) * factor(settings.contrast) + middle
    grey = lit.mean(dim=1, keepdim=True)
    lit = (lit - grey) * factor(settings.saturation) + grey
    untouched = torch.rand(count, generator=generator).view(-1, 1, 1, 1) < 0.2
    return torch.where(untouched, pixels, lit).clamp(0.0, 1.0)


def _with_holes(
    pixels: torch.Tensor, generator: torch.Generator, settings: AugmentSettings
) -> torch.Tensor:
    count, size = len(pixels), pixels.shape[-1]
    side = _uniform(count, *settings.hole_side, generator) * size
    x = _uniform(count, 0.0, 1.0, generator) * (size - side)
    y = _uniform(count, 0.0, 1.0, generator) * (size - side)
    holed = torch.rand(count, generator=generator) < settings.hole_share
    at = torch.arange(size).view(1, -1)
    columns = (at >= x.view(-1, 1)) & (at < (x + side).view(-1, 1))
    rows = (at >= y.view(-1, 1)) & (at < (y + side).view(-1, 1))
    hole = rows[:, :, None] & columns[:, None, :] & holed.view(-1, 1, 1)
    return pixels.masked_fill(hole.unsqueeze(1), 1.0)
