"""Checkpoints that are never half written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Writes beside `path`, then puts it in place in one step.

    Raises:
        OSError: it can't be written; what was there before is still there.
    """
    unfinished = path.with_suffix(".tmp")
    try:
        with unfinished.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
    except (OSError, RuntimeError) as error:  # a disk that is full; torch may say it in its own way
        raise OSError(f"{path} can't be written: {error}") from error
    unfinished.replace(path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The state in a file of `save_checkpoint`, on the CPU; None where there is no file.

    Raises:
        OSError: it can't be read.
        ValueError: it is broken, or something else.
    """
    if not path.exists():
        return None
    with path.open("rb") as file:
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
            return dict[str, Any](state)
        except OSError:
            raise
        except Exception:  # broken bytes make it raise nearly anything, struct.error to IndexError
            raise ValueError(f"{path} is broken, or no checkpoint") from None


@contextmanager
def fitting(path: Path) -> Iterator[None]:
    """Around taking over the state of a checkpoint, in which any part may be missing or other.

    Raises:
        ValueError: the state is not that of such a run.
    """
    try:
        yield
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        told = str(error).partition("\n")[0]
        raise ValueError(f"{path} is of another kind of run, it does not fit: {told}") from error
