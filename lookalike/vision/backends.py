"""What computes ResNet34's convolution part, by whichever library."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

Precision = Literal["fp32", "bf16", "fp16"]
EncoderBackend = Literal["auto", "openvino", "torch"]


class Backbone(Protocol):
    """ResNet34's convolution part, loaded; `device` is "cpu" or "cuda"."""

    backend: EncoderBackend
    device: str
    precision: Precision

    def pooled(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """(B, 224, 224, 3) uint8 RGB -> (B, 768) float32, B > 0.

        The first 512 are the last stage's mean over places, the other 256 the third stage's.
        """
