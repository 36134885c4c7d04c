"""Opens a rembg session: its model from the weights registry, its import kept small."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Literal, Protocol

from PIL import Image

from lookalike.vision.bare_import import import_bare
from lookalike.vision.onnx_runtime import onnx_runtime
from lookalike.vision.openvino_network import OpenVinoNetwork, multiplies_bf16
from lookalike.vision.weights import KNOWN_WEIGHTS, WeightsError, find_weights

_NO_SINGLE_MASK: Final = frozenset({"sam", "u2net_cloth_seg"})
"""Sessions that want prompts, or answer several masks a picture."""


Backend = Literal["auto", "openvino", "onnxruntime"]
"""What runs a session's network; "auto": what suits the machine, see `chosen`."""


Precision = Literal["auto", "fp32", "bf16"]
"""What OpenVINO computes in; "auto": bf16 for `FAITHFUL_IN_BF16` where the processor has it."""


FAITHFUL_IN_BF16: Final = frozenset({"u2netp"})
"""Models whose masks in bfloat16 were measured against rembg's own: docs/performance.md."""


@dataclass(frozen=True, slots=True)
class Running:
    """How a network is run: by what, on how many threads a picture (None: all that there are),
    how many pictures side by side, and in what.
    """

    backend: Backend = "auto"
    threads: int | None = None
    at_once: int = 1
    precision: Precision = "auto"


class MaskSession(Protocol):
    """What is used of rembg's `BaseSession`."""

    def predict(self, img: Image.Image) -> list[Image.Image]:
        """The masks of an RGB picture, mode L, of its size."""


def chosen(backend: Backend) -> Backend:
    """What "auto" means here; anything else is itself.

    OpenVINO on an x86-64 processor where it is installed: faster, and it takes less memory. ONNX
    Runtime elsewhere, and where its build has CUDA.
    """
    if backend != "auto":
        return backend
    on_gpu = "CUDAExecutionProvider" in onnx_runtime().get_available_providers()
    suits = platform.machine() in ("x86_64", "AMD64") and not on_gpu
    return "openvino" if suits and importlib.util.find_spec("openvino") else "onnxruntime"


def open_session(
    model: str,
    running: Running,
    weights: Callable[[str], Path] = find_weights,
) -> MaskSession:
    """A rembg session that runs on this machine.

    A model of the weights registry is opened from there; another one is fetched by rembg itself,
    on first use, into its own folder.

    Raises:
        ValueError: rembg has no such model, or it is a remote service or no plain segmenter.
        WeightsError: its weights can't be had.
        ModuleNotFoundError: the backend is not installed.
    """
    sessions: dict[str, Any] = _import_sessions().sessions
    usable = sorted(n for n, s in sessions.items() if s.is_local() and n not in _NO_SINGLE_MASK)
    if model not in usable:
        raise ValueError(f"{model!r} is no segmenter; there are {', '.join(usable)}")
    members = {"download_models": _found_by(sessions[model], model, weights)}
    if chosen(running.backend) == "openvino":
        members["__init__"] = _with_openvino(running)
    session_class = type(sessions[model].__name__, (sessions[model],), members)
    session: MaskSession = session_class(model, _onnxruntime_options(running.threads))
    return session


def _onnxruntime_options(threads: int | None) -> Any:
    options = onnx_runtime().SessionOptions()
    options.enable_mem_pattern = False  # 370 MB instead of 570, at the same speed
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    return options


def _with_openvino(running: Running) -> Any:
    """The constructor of a rembg session whose network runs in OpenVINO."""

    def initialise(session: Any, model: str, _options: object) -> None:
        session.model_name = model
        precision = running.precision
        if precision == "auto":
            fast = model in FAITHFUL_IN_BF16 and multiplies_bf16()
            precision = "bf16" if fast else "fp32"
        session.inner_session = OpenVinoNetwork(
            Path(session.download_models()), running.threads, running.at_once, precision
        )

    return initialise


def _found_by(session_class: Any, model: str, weights: Callable[[str], Path]) -> Any:
    """rembg's `download_models`, looking for the file where the registry keeps it."""

    def download_models(_cls: Any, /, *_args: object, **_kwargs: object) -> str:
        if model in KNOWN_WEIGHTS:
            return str(weights(model))
        try:
            return str(session_class.download_models())
        except (OSError, ValueError) as error:
            raise WeightsError(f"rembg can't fetch its model {model}: {error}") from error

    return classmethod(download_models)


def _import_sessions() -> ModuleType:
    """`rembg.sessions`, without running the `__init__` of `rembg`.

    That one imports pymatting, which compiles with numba: 490 MB and up to a minute for alpha
    matting that is not used here.
    """
    return import_bare("rembg.sessions", "rembg")
