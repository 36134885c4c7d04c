"""The serving segmenter at a smaller input: masks for training in a quarter of the time."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD
from lookalike.vision.onnx_runtime import onnx_runtime
from lookalike.vision.segment import cut_out
from lookalike.vision.weights import find_weights

NATIVE_PX: Final = 320
"""Side at which u2netp serves. Source: rembg 2.0, `sessions/u2netp.py`."""


class CoarseSegmenter:
    """Cuts garments out with u2netp at `side_px`; safe to call from many threads.

    At 160 px a mask takes 0.14 s of a core instead of 0.54 s, and its overlap with the native one
    (intersection over union) is 98 % in the median of 36 pictures, 84 % in the mean: where the
    native mask is in doubt itself, the smaller one decides otherwise.
    """

    def __init__(self, side_px: int, weights_file: Path | None = None) -> None:
        """Raises WeightsError if u2netp can't be had, ModuleNotFoundError without `train`."""
        ort = onnx_runtime()
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False
        model = _of_any_size(weights_file or find_weights("u2netp"))
        self._side_px = side_px
        self._session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        """The garment inside the box of an upright RGB photo: (224, 224, 3) uint8 on white."""
        return cut_out(self._alpha, image, box)

    def _alpha(self, picture: Image.Image) -> Image.Image:
        (maps,) = self._session.run([self._output], {self._input: self._pixels(picture)})
        return _as_alpha(maps[0, 0], picture.size)

    def _pixels(self, crop: Image.Image) -> npt.NDArray[np.float32]:
        """(1, 3, side, side): scaled by its brightest value, as rembg does."""
        small = crop.resize((self._side_px, self._side_px), Image.Resampling.LANCZOS)
        values = np.asarray(small, np.float32)
        values = (values / max(float(values.max()), 1e-6) - IMAGENET_MEAN) / IMAGENET_STD
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None], np.float32)


def _as_alpha(likelihood: npt.NDArray[np.float32], size: tuple[int, int]) -> Image.Image:
    low, high = float(likelihood.min()), float(likelihood.max())
    stretched = (likelihood - low) / max(high - low, 1e-6)
    alpha = Image.fromarray((stretched * 255.0).astype(np.uint8))
    return alpha.resize(size, Image.Resampling.LANCZOS)


def _of_any_size(model: Path) -> bytes:
    """The ONNX file with height and width left open; it was exported for one size."""
    onnx: Any = importlib.import_module("onnx")
    graph = onnx.load(str(model))
    for value in (*graph.graph.input, *graph.graph.output):
        shape = value.type.tensor_type.shape.dim
        shape[2].dim_param, shape[3].dim_param = "height", "width"
    del graph.graph.value_info[:]
    return bytes(graph.SerializeToString())
