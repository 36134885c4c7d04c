"""Which rows count as of length 1: the same bounds where they are stored and where searched."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

MAX_NORM: Final = 1.01
"""The longest row or query that the index takes; the grids of `index/rescore.py` rely on it."""

MIN_NORM: Final = 2 - MAX_NORM
"""The shortest."""


def norms_of(rows: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
    """(N, D) -> (N,): the rows' lengths, computed in float32."""
    norms: npt.NDArray[np.float32] = np.linalg.norm(rows.astype(np.float32), axis=1)
    return norms
