"""Training calculates in 16 bits only where the hardware does."""

from __future__ import annotations

import torch

from lookalike.training.precision import autocast_of
from lookalike.vision.torch_resnet import best_precision


def test_a_cpu_calculates_in_bf16_only_if_it_serves_in_bf16() -> None:
    one = torch.ones(2, 2)
    with autocast_of(torch.device("cpu")):
        product = one @ one
    in_hardware = best_precision(torch.device("cpu")) == "bf16"
    assert product.dtype == (torch.bfloat16 if in_hardware else torch.float32)
