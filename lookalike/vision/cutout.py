"""What a cutout is: the garment alone, on white, at one scale."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

PREPROCESSING_VERSION: Final = "3"
"""Changes with anything that changes a cutout: features of two versions can't be compared."""

CUTOUT_SIZE: Final = 224
"""Side of a cutout in pixels. Source: the size that ImageNet's ResNets are made for."""

Cutout = npt.NDArray[np.uint8]
"""(224, 224, 3) uint8 RGB."""

Cutouts = npt.NDArray[np.uint8]
"""(B, 224, 224, 3) uint8 RGB."""

Mask = npt.NDArray[np.uint8]
"""(H, W) uint8 alpha: 255 is garment, 0 is background."""

FOREGROUND_FROM: Final = 128
"""Alpha from which a pixel counts as garment."""

LEAST_FOREGROUND: Final = 0.01
"""A mask of less than this share of the crop is taken for a miss."""
