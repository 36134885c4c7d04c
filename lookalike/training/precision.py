"""The precision that training and its networks calculate in: 16 bits only where they are fast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

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


@contextmanager
def autocast_for_depthwise(device: torch.device) -> Iterator[None]:
    """As `autocast_of`, for a training step of a network with depthwise convolutions.

    On a CPU those alone stay in float32: torch goes back through them in bf16 at half the speed.
    """
    with autocast_of(device):
        if device.type == "cpu":
            with _DepthwiseInFloat32():
                yield
        else:
            yield


class _DepthwiseInFloat32(TorchFunctionMode):
    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # as torch has it
        if func is not functional.conv2d or not _is_grouped(args, kwargs or {}):
            return func(*args, **(kwargs or {}))
        pixels, *others = args
        with torch.autocast("cpu", enabled=False):
            return func(pixels.float(), *others, **(kwargs or {}))


def _is_grouped(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call of `conv2d` is of more than one group, its seventh argument."""
    groups = args[6] if len(args) > 6 else kwargs.get("groups", 1)
    return bool(groups > 1)
