"""ResNet34's convolution part in torch: on a GPU, or where there is no OpenVINO."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from lookalike.vision.backends import EncoderBackend, Precision
from lookalike.vision.garment_net import (
    at_size,
    fold_batch_norm,
    load_garment_net,
    pooled_stages,
    to_input,
)

_DTYPES: Final[dict[Precision, torch.dtype]] = {
    "fp32": torch.float32,
    "bf16": torch.bfloat16,
    "fp16": torch.float16,
}


class TorchBackbone:
    """A `Backbone` in torch, in the precision that suits the device."""

    def __init__(
        self,
        weights_file: Path,
        input_px: int,
        device: str = "auto",
        threads: int | None = None,
        precision: Precision | None = None,
    ) -> None:
        """`threads` sets torch's threads for the whole process; None leaves them.

        Raises:
            ValueError: the file is no such model.
        """
        if threads is not None:
            torch.set_num_threads(threads)
        found = _resolve_device(device)
        self.backend: EncoderBackend = "torch"
        self.device = found.type
        self.precision: Precision = precision or best_precision(found)
        self._input_px, self._placed_on = input_px, found
        backbone = load_garment_net(weights_file).backbone
        fold_batch_norm(backbone)
        backbone = backbone.to(device=found, dtype=_DTYPES[self.precision])
        self._backbone = backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def pooled(self, pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """(B, 224, 224, 3) uint8 RGB -> (B, 768) float32: last and third stage, pooled."""
        pixels = at_size(to_input(pictures).to(self._placed_on), self._input_px)
        pixels = pixels.to(_DTYPES[self.precision])
        pixels = pixels.contiguous(memory_format=torch.channels_last)
        found: npt.NDArray[np.float32] = pooled_stages(self._backbone, pixels).cpu().numpy()
        return found


def best_precision(device: torch.device) -> Precision:
    """fp16 on a GPU; bf16 on a CPU that multiplies it in hardware; else fp32."""
    if device.type == "cuda":
        return "fp16"
    capabilities = torch.cpu.get_capabilities()
    in_hardware = capabilities.get("avx512_bf16") or capabilities.get("amx_bf16")
    return "bf16" if in_hardware and _has_onednn() else "fp32"


def _has_onednn() -> bool:
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def _resolve_device(device: str) -> torch.device:
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(device)
