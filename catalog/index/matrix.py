"""The port between the index and the ways to hold and scan a shard's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from catalog.index.rows import Selection
from lookalike.search import Features


@dataclass(frozen=True, slots=True)
class Wanted:
    """One query of a scan: the best `k` of the selected rows but for the `excluded` ones.

    `features` (512,) float32 of length 1; `excluded` row numbers, rising.
    """

    features: Features
    k: int
    excluded: Sequence[int] = ()


class RowMatrix(Protocol):
    """(N, 512) float16 rows of length 1 that can be scanned.

    Filled once by `write` and `sort`; scanned by any number of threads afterwards.
    """

    def __len__(self) -> int: ...

    def write(self, first: int, features: npt.NDArray[np.float16]) -> None:
        """Set the rows from `first` on to (B, 512) `features`."""
        ...

    def sort(self, order: npt.NDArray[np.int64]) -> None:
        """Move the rows, so that row i is the one that was row `order[i]`; all at once."""
        ...

    def take(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float16]:
        """(B, 512): a copy of the rows with these numbers."""
        ...

    def candidates(
        self, selection: Selection, wanted: Sequence[Wanted]
    ) -> list[npt.NDArray[np.int64]]:
        """By query (C,) row numbers, all that may be among its best k, and those ties included.

        None of them is excluded or outside the selection; C >= min(k, rows left).
        """
        ...
