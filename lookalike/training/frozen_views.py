"""What a frozen teacher makes of the very views that the student sees."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from lookalike.training.linear_classifier import LinearClassifier
from lookalike.training.teacher import FeatureTeacher
from lookalike.vision.garment_net import at_size
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD

_SIDE_PX: Final = 224
"""What frozen teachers take."""


class FrozenViews:
    """The categories of views by a frozen teacher's features; a `panel.Logits`.

    Views are changed, and blends of two: on these it errs otherwise than a tuned teacher does.

    Source: Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", 2022.
    """

    def __init__(self, teacher: FeatureTeacher, classifier: LinearClassifier) -> None:
        self._teacher, self._classifier = teacher, classifier

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W), normalised -> (B, classes) float32, on the pixels' device."""
        mean, std = (
            torch.tensor(values, device=pixels.device).view(1, 3, 1, 1)
            for values in (IMAGENET_MEAN, IMAGENET_STD)
        )
        levels = ((at_size(pixels, _SIDE_PX) * std + mean) * 255.0).round().clamp(0.0, 255.0)
        pictures = levels.to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        features = self._teacher.features(np.ascontiguousarray(pictures))
        return self._classifier.logits(features).to(pixels.device)
