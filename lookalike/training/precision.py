"""The precision that training and its networks calculate in: 16 bits only where they are fast."""

from __future__ import annotations

import torch

from lookalike.vision.torch_resnet import best_precision


def autocast_of(device: torch.device) -> torch.autocast:
    """A context of bf16 where the device multiplies it in hardware, of float32 elsewhere.

    bf16 alone, since fp16 needs its losses scaled. On a CPU without bf16 units the same step takes
    18 times as long in bf16 as in float32: each number is widened in software.
    """
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = best_precision(device) == "bf16"
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)
