"""Where training computes."""

from __future__ import annotations

import torch


def pick_device(name: str) -> torch.device:
    """`auto` is CUDA where there is one, else the CPU.

    Raises:
        ValueError: it is neither, or not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    kind, _, at = name.partition(":")
    if kind not in ("cpu", "cuda") or not (at.isdecimal() or name == kind):
        raise ValueError(f"{name!r} is no device: auto, cpu, cuda or cuda:1, say")
    if kind == "cuda" and int(at or 0) >= torch.cuda.device_count():
        raise ValueError(f"there is no {name} here: {torch.cuda.device_count()} CUDA devices")
    return torch.device(name)
