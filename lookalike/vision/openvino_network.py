"""A network in OpenVINO, in the place where rembg's sessions keep one of ONNX Runtime."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lookalike.vision.far_channels import bring_near

# Imported, OpenVINO would tell Google Analytics of it, from a child that it forks for that. It does
# without where this package is missing. Every module of ours that needs OpenVINO imports this one.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


@functools.cache
def openvino_core() -> Any:
    """OpenVINO's core: one for as long as the process lives.

    On processors with AMX its CPU plugin gives the thread that loads it a stack for signals, and
    unmaps that when the plugin goes: one that went in another thread left a process behind that
    died of its next signal, Ctrl-C as a rule.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
    """
    import openvino

    return openvino.Core()


def multiplies_bf16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware.

    Raises:
        ModuleNotFoundError: OpenVINO is not installed.
    """
    return "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@dataclass(frozen=True, slots=True)
class NetworkInput:
    """What rembg asks of an input: its name."""

    name: str


class OpenVinoNetwork:
    """What rembg's sessions use of `onnxruntime.InferenceSession`; safe to call from many threads.

    Only the first output is computed: it is the only one that rembg's sessions look at.
    """

    def __init__(
        self,
        onnx_file: Path,
        threads: int | None = None,
        at_once: int = 1,
        precision: str = "fp32",
    ) -> None:
        """`threads` a picture, None for all; `at_once` pictures are worked on side by side.

        `precision` "bf16" is float32 all the same where the processor does not multiply it. There
        channels far from zero are brought near first, or masks would suffer: `far_channels`.

        Raises:
            ModuleNotFoundError: OpenVINO is not installed.
        """
        import openvino

        core = openvino_core()
        whole = core.read_model(onnx_file)
        model = openvino.Model([whole.outputs[0]], whole.get_parameters())
        if precision == "bf16":
            bring_near(model)
        config: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": at_once,
            # OpenVINO would choose bfloat16 by itself where the processor has it.
            "INFERENCE_PRECISION_HINT": "bf16" if precision == "bf16" else "f32",
            # Pinned threads of two replicas may lie on one core while another one is idle.
            "ENABLE_CPU_PINNING": False,
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = threads * at_once
        self._compiled = core.compile_model(model, "CPU", config)
        self._inputs = [NetworkInput(whole.inputs[0].any_name)]
        self._of_this_thread = threading.local()

    @property
    def precision(self) -> str:
        """What it is computed in: "f32" or "bf16"."""
        return str(self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())

    def get_inputs(self) -> list[NetworkInput]:
        """The one input."""
        return self._inputs

    def run(
        self, _outputs: None, feed: Mapping[str, npt.NDArray[np.float32]]
    ) -> list[npt.NDArray[np.float32]]:
        """The first output, alone in a list."""
        request = getattr(self._of_this_thread, "request", None)
        if request is None:
            request = self._of_this_thread.request = self._compiled.create_infer_request()
        results = request.infer([feed[self._inputs[0].name]], share_inputs=True)
        return [results[0]]
