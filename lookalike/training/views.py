"""Further views of cutouts, as another photo of the same garment would have given them."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch

from lookalike.training.augment import AugmentSettings, augmented
from lookalike.training.cutout_cache import Pictures

CHANGED: Final = AugmentSettings(
    scale=(0.78, 1.06), stretch=0.06, tilt_deg=5.0, shift=0.05, hole_share=0.0
)
"""Other light, a crop that cuts a little off or leaves more room."""

CLOSE_UP: Final = AugmentSettings(
    scale=(0.35, 0.65), stretch=0.06, tilt_deg=5.0, shift=0.0, hole_share=0.0
)
"""A part of the garment alone fills the picture."""

_BATCH: Final = 64


def views_of(pictures: Pictures, settings: AugmentSettings, seed: int) -> Pictures:
    """(N, 224, 224, 3) uint8 cutouts -> one changed view of each, of the same form."""
    generator = torch.Generator().manual_seed(seed)
    found = np.empty_like(pictures)
    for start in range(0, len(pictures), _BATCH):
        piece = slice(start, start + _BATCH)
        lit = augmented(pictures[piece], pictures.shape[1], generator, settings)
        found[piece] = (lit * 255.0).round().byte().permute(0, 2, 3, 1).numpy()
    return found
