"""ONNX Runtime, which is not to tell Microsoft that it is used."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

# From 1.29 on its official builds send events over HTTPS, from a thread of their own, and write a
# number for the machine into the user's cache. This is read once, as it is imported: here before
# all modules of ours, rembg's among them, that need it. Source: its Privacy.md.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def onnx_runtime() -> ModuleType:
    """The module `onnxruntime`, with errors alone in its log.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    ort = importlib.import_module("onnxruntime")
    ort.set_default_logger_severity(3)
    return ort
