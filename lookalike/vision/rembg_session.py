"""Opens a rembg session: its model from the weights registry, its import kept small."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

from PIL import Image

from lookalike.vision.bare_import import import_bare
from lookalike.vision.weights import KNOWN_WEIGHTS, WeightsError, find_weights

_NO_SINGLE_MASK: Final = frozenset({"sam", "u2net_cloth_seg"})
"""Sessions that want prompts, or answer several masks a picture."""


class MaskSession(Protocol):
    """What is used of rembg's `BaseSession`."""

    def predict(self, img: Image.Image) -> list[Image.Image]:
        """The masks of an RGB picture, mode L, of its size."""


def open_session(
    model: str,
    threads: int | None,
    weights: Callable[[str], Path] = find_weights,
) -> MaskSession:
    """A rembg session that runs on this machine.

    A model of the weights registry is opened from there; another one is fetched by rembg itself,
    on first use, into its own folder.

    Raises:
        ValueError: rembg has no such model, or it is a remote service or no plain segmenter.
        WeightsError: its weights can't be had.
    """
    ort = importlib.import_module("onnxruntime")
    sessions: dict[str, Any] = _import_sessions().sessions
    usable = sorted(n for n, s in sessions.items() if s.is_local() and n not in _NO_SINGLE_MASK)
    if model not in usable:
        raise ValueError(f"{model!r} is no segmenter; there are {', '.join(usable)}")
    ort.set_default_logger_severity(3)
    options = ort.SessionOptions()
    options.enable_mem_pattern = False  # 370 MB instead of 570, at the same speed
    if threads is not None:
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    session: MaskSession = _found_by(sessions[model], model, weights)(model, options)
    return session


def _found_by(session_class: Any, model: str, weights: Callable[[str], Path]) -> Any:
    """The session class, looking for its file where the registry keeps it."""

    def download_models(_cls: Any, /, *_args: object, **_kwargs: object) -> str:
        if model in KNOWN_WEIGHTS:
            return str(weights(model))
        try:
            return str(session_class.download_models())
        except (OSError, ValueError) as error:
            raise WeightsError(f"rembg can't fetch its model {model}: {error}") from error

    members: dict[str, Any] = {"download_models": classmethod(download_models)}
    return type(session_class.__name__, (session_class,), members)


def _import_sessions() -> ModuleType:
    """`rembg.sessions`, without running the `__init__` of `rembg`.

    That one imports pymatting, which compiles with numba: 490 MB and up to a minute for alpha
    matting that is not used here.
    """
    return import_bare("rembg.sessions", "rembg")
