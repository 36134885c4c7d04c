"""Training calculates in 16 bits only where the hardware does."""

from __future__ import annotations

import torch
from torch.nn import functional

from lookalike.training.precision import autocast_for_depthwise, autocast_of
from lookalike.vision.torch_resnet import best_precision


def test_a_cpu_calculates_in_bf16_only_if_it_serves_in_bf16() -> None:
    one = torch.ones(2, 2)
    with autocast_of(torch.device("cpu")):
        product = one @ one
    in_hardware = best_precision(torch.device("cpu")) == "bf16"
    assert product.dtype == (torch.bfloat16 if in_hardware else torch.float32)


def test_depthwise_convolutions_stay_in_float32_on_a_cpu() -> None:
    pixels, dense = torch.rand(1, 4, 6, 6), torch.rand(8, 4, 3, 3)
    cpu = torch.device("cpu")
    with autocast_for_depthwise(cpu):
        grouped = functional.conv2d(pixels, dense[:4, :1], None, 1, 1, 1, 4)
        by_name = functional.conv2d(pixels.bfloat16(), dense[:4, :1], padding=1, groups=4)
        whole = functional.conv2d(pixels, dense, None, 1, 1, 1, 1)
    assert grouped.dtype == by_name.dtype == torch.float32
    assert whole.dtype == (torch.bfloat16 if best_precision(cpu) == "bf16" else torch.float32)
    with torch.autocast("cpu", enabled=False):
        expected = functional.conv2d(pixels, dense[:4, :1], padding=1, groups=4)
    assert torch.equal(grouped, expected)
