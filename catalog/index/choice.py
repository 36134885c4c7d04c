"""Which of the ways to hold and scan rows this machine is best served by."""

from __future__ import annotations

import logging

import torch

from catalog.index.matrix import RowMatrix
from catalog.index.plain_matrix import PlainMatrix

_log = logging.getLogger(__name__)


def row_matrix(rows: int, threads: int | None = None, device: str = "cpu") -> RowMatrix:
    """Room for `rows` rows, scanned on a torch `device`, on a CPU by `threads` threads."""
    if torch.device(device).type == "cpu":
        try:
            from catalog.index.plane_matrix import PlaneMatrix
        except ImportError as error:
            _log.warning("searches take twice as long without numba: %s", error)
        else:
            return PlaneMatrix(rows, threads)
    return PlainMatrix(rows, device)
