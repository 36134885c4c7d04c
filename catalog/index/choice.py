"""Which of the ways to hold and scan rows this machine is best served by."""

from __future__ import annotations

import logging

from catalog.index.matrix import RowMatrix
from catalog.index.threads import search_threads

_log = logging.getLogger(__name__)


def row_matrix(rows: int, device: str = "cpu") -> RowMatrix:
    """Room for `rows` rows, scanned on a torch `device`; on a CPU by `search_threads`."""
    if device == "cpu":
        try:
            from catalog.index.plane_matrix import PlaneMatrix
        except ImportError as error:
            _log.warning("searches take twice as long without numba: %s", error)
        else:
            return PlaneMatrix(rows)
    import torch

    from catalog.index.plain_matrix import PlainMatrix

    torch.set_num_threads(search_threads())
    return PlainMatrix(rows, device)
