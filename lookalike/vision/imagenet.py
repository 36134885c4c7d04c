"""What networks that were trained on ImageNet expect of their input."""

from __future__ import annotations

from typing import Final

IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)
"""Mean and deviation of RGB in 0..1. Source: torchvision, `ResNet34_Weights.transforms`."""
