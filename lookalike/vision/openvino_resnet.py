"""ResNet34's convolution part in OpenVINO, built from its weights without torch."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from lookalike.vision.backends import EncoderBackend, Precision
from lookalike.vision.cutout import CUTOUT_SIZE
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD
from lookalike.vision.openvino_network import multiplies_bf16, openvino_core

Weights = Mapping[str, npt.NDArray[Any]]

BLOCKS: Final = (3, 4, 6, 3)
"""Residual blocks of each stage. Source: He et al., 2015, table 1."""

BACKBONE: Final = "backbone."
"""What its tensors are called in a weights file, before torchvision's own names."""

_EPSILON: Final = 1e-5
"""Of torchvision's batch normalisation."""


class OpenVinoBackbone:
    """A `Backbone` on the CPU, in bfloat16 where the processor multiplies it, else in float32.

    Safe to call from many threads.
    """

    def __init__(
        self,
        weights_file: Path,
        input_px: int,
        device: str = "cpu",
        threads: int | None = None,
        precision: Precision | None = None,
    ) -> None:
        """`threads` None: all.

        Raises:
            ModuleNotFoundError: OpenVINO is not installed.
            ValueError: the file is no such model, or another device or precision is asked for.
        """
        if device not in ("auto", "cpu") or precision == "fp16":
            raise ValueError(f"OpenVINO computes on the CPU here, not on {device} in {precision}")
        self.backend: EncoderBackend = "openvino"
        self.device = "cpu"
        self.precision: Precision = precision or ("bf16" if multiplies_bf16() else "fp32")
        config: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if self.precision == "bf16" else "f32",
            # Pinned threads of two replicas may lie on one core while another one is idle.
            "ENABLE_CPU_PINNING": False,
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = threads
        try:
            network = _network(_backbone_weights(weights_file), input_px)
        except KeyError as missing:
            raise ValueError(f"{weights_file.name} is no GarmentNet: it lacks {missing}") from None
        self._compiled: Any = openvino_core().compile_model(network, "CPU", config)
        self._of_this_thread = threading.local()

    def pooled(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """(B, 224, 224, 3) uint8 RGB -> (B, 768) float32: last and third stage, pooled."""
        request = getattr(self._of_this_thread, "request", None)
        if request is None:
            request = self._of_this_thread.request = self._compiled.create_infer_request()
        found: npt.NDArray[np.float32] = request.infer([np.ascontiguousarray(pictures)])[0]
        return found.copy()  # the next call writes over it


def _backbone_weights(weights_file: Path) -> Weights:
    """The backbone's tensors by torchvision's names."""
    return {
        name.removeprefix(BACKBONE): tensor
        for name, tensor in load_file(weights_file).items()
        if name.startswith(BACKBONE)
    }


def _network(weights: Weights, input_px: int) -> Any:
    """uint8 pictures (B, H, W, 3) to the means of the last and of the third stage, side by side."""
    import openvino
    from openvino import opset13 as ops

    pictures = ops.parameter([-1, CUTOUT_SIZE, CUTOUT_SIZE, 3], np.uint8, name="pictures")
    sized = ops.transpose(ops.convert(pictures, "f32"), [0, 3, 1, 2])
    if input_px != CUTOUT_SIZE:
        side = [input_px, input_px]
        sized = ops.interpolate(sized, side, "bilinear_pillow", "sizes", axes=[2, 3])
    mean = np.array(IMAGENET_MEAN, np.float32).reshape(1, 3, 1, 1) * 255
    std = np.array(IMAGENET_STD, np.float32).reshape(1, 3, 1, 1) * 255
    node = ops.divide(ops.subtract(sized, mean), std)
    node = ops.relu(_convolution(weights, node, "conv1", "bn1", stride=2, padding=3))
    node = ops.max_pool(node, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)
    middle = node
    for stage, blocks in enumerate(BLOCKS, start=1):
        for block in range(blocks):
            node = _block(
                weights, node, f"layer{stage}.{block}", 2 if stage > 1 and not block else 1
            )
        middle = node if stage == 3 else middle
    means = [ops.reduce_mean(end, [2, 3], keep_dims=False) for end in (node, middle)]
    return openvino.Model([ops.concat(means, 1)], [pictures])


def _block(weights: Weights, node: Any, name: str, stride: int) -> Any:
    from openvino import opset13 as ops

    first = ops.relu(
        _convolution(weights, node, f"{name}.conv1", f"{name}.bn1", stride=stride, padding=1)
    )
    second = _convolution(weights, first, f"{name}.conv2", f"{name}.bn2", stride=1, padding=1)
    if f"{name}.downsample.0.weight" in weights:
        node = _convolution(
            weights, node, f"{name}.downsample.0", f"{name}.downsample.1", stride=stride, padding=0
        )
    return ops.relu(ops.add(second, node))


def _convolution(
    weights: Weights, node: Any, conv: str, norm: str, *, stride: int, padding: int
) -> Any:
    """A convolution with the batch normalisation behind it folded in."""
    from openvino import opset13 as ops

    scale, shift, mean, variance = (
        weights[f"{norm}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = scale / np.sqrt(variance + _EPSILON)
    kernel = weights[f"{conv}.weight"].astype(np.float32)
    kernel *= scale.astype(np.float32)[:, None, None, None]
    bias = (shift - mean * scale).reshape(1, -1, 1, 1)
    # As a constant, not as an array: arrays are made into lists of numbers first, for a second.
    filters = ops.constant(kernel)
    found = ops.convolution(node, filters, [stride] * 2, [padding] * 2, [padding] * 2, [1, 1])
    return ops.add(found, ops.constant(bias.astype(np.float32)))
