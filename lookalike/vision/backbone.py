"""ResNet34's convolution part, opened by what suits this machine: OpenVINO, or torch."""

from __future__ import annotations

import ctypes
import importlib.util
import platform
from pathlib import Path

from lookalike.vision.backends import Backbone, EncoderBackend, Precision


def open_backbone(
    weights_file: Path,
    input_px: int,
    *,
    device: str = "auto",
    threads: int | None = None,
    precision: Precision | None = None,
    backend: EncoderBackend = "auto",
) -> Backbone:
    """The backbone in a safetensors file, which sees pictures at `input_px`.

    `threads` None: all; `precision` None: what is fast on this device.

    Raises:
        ValueError: the file is no such model, or OpenVINO is asked for another device or precision
            than it has.
        ModuleNotFoundError: the backend is not installed.
    """
    if backend == "auto":
        backend = "openvino" if _suits_openvino(device, precision) else "torch"
    # Imported here: a service without a GPU never loads torch, 250 MB and 1.5 s of its start.
    if backend == "openvino":
        from lookalike.vision.openvino_resnet import OpenVinoBackbone

        return OpenVinoBackbone(weights_file, input_px, device, threads, precision)
    from lookalike.vision.torch_resnet import TorchBackbone

    return TorchBackbone(weights_file, input_px, device, threads, precision)


def _suits_openvino(device: str, precision: Precision | None) -> bool:
    on_cpu = device == "cpu" or (device == "auto" and not _has_cuda_driver())
    usual = platform.machine() in ("x86_64", "AMD64") and precision != "fp16"
    return on_cpu and usual and importlib.util.find_spec("openvino") is not None


def _has_cuda_driver() -> bool:
    """Whether there is a GPU that torch might use; asked without loading torch."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    count = ctypes.c_int(0)
    found = driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    return found and count.value > 0
