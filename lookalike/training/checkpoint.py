"""Checkpoints that are never half written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import torch


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes beside `path`, then puts it in place in one step."""
    unfinished = path.with_suffix(".tmp")
    torch.save(state, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The state in a file of `save_checkpoint`, on the CPU; None where there is no file."""
    if not path.exists():
        return None
    return cast(dict[str, Any], torch.load(path, map_location="cpu", weights_only=True))
