"""A tuned teacher in OpenVINO: a CPU looks several times as fast with it as with torch."""

from __future__ import annotations

import importlib.util
import warnings
from typing import Any

import torch
from torch import nn

from lookalike.training.tuned_teacher import CategoryTeacher, Sight, TunedTeacher
from lookalike.vision.openvino_network import multiplies_bf16, openvino_core


class OpenVinoTeacher:
    """What a `TunedTeacher` sees, computed by OpenVINO on the CPU; a `CategoryTeacher`.

    In bfloat16 where the processor multiplies it, as torch would: `precision.autocast_of`.
    """

    def __init__(self, teacher: TunedTeacher) -> None:
        """Takes the weights over as they are now.

        Raises:
            ModuleNotFoundError: OpenVINO is not installed.
        """
        self._compiled = compiled(teacher)

    def look(self, pixels: torch.Tensor) -> Sight:
        """(B, 3, H, W), normalised -> D is 1280, h and w are H/32 and W/32."""
        found = self._compiled([pixels.contiguous().numpy()])
        return Sight.of(*(torch.from_numpy(found[at]) for at in range(3)))


def compiled(net: nn.Module) -> Any:
    """What maps (B, 3, H, W) of any size to the network's outputs, in OpenVINO on the CPU.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
    """
    import openvino

    with warnings.catch_warnings():
        # Of constants that stand for mean and deviation, and of torch's plans for its tracer.
        warnings.simplefilter("ignore")
        model = openvino.convert_model(net, example_input=torch.zeros(2, 3, 96, 96))
    model.reshape([-1, 3, -1, -1])
    config = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "bf16" if multiplies_bf16() else "f32",
    }
    return openvino_core().compile_model(model, "CPU", config)


def quickest(teacher: TunedTeacher, device: torch.device) -> CategoryTeacher:
    """The teacher as it looks fastest: in OpenVINO on a CPU, where that is installed."""
    return OpenVinoTeacher(teacher) if in_openvino(device) else teacher


def in_openvino(device: torch.device) -> bool:
    """Whether what only looks does so in OpenVINO."""
    return device.type == "cpu" and importlib.util.find_spec("openvino") is not None
