"""Exact similarities of a scan's candidates, and the top-K among them.

A similarity is the exact dot product of the float16 row and the float32 query, rounded to
float64. Products of a float16 and a float32 need 35 bits, so they are exact in float64; their sum
is taken in two parts, each on a grid so coarse that no addition can round. So a similarity
depends on the two vectors alone: not on the shard that the row lies in, the other rows, the BLAS
or the order of summation, and equal rows tie exactly.

Source: error-free summation on a grid, Rump, Ogita, Oishi, "Accurate floating-point summation",
SIAM J. Sci. Comput. 31 (2008).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from catalog.norms import MAX_NORM
from lookalike.search import FEATURE_DIM, Features

FLOAT64_ERROR = 2 * FEATURE_DIM * 2.0**-53 * MAX_NORM**2
"""Bound of a float64 dot product's error in any order: n u / (1 - n u), with room.

Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1.
"""

_HIGH_GRID = 1.5 * 2.0 ** (52 - 51)
_LOW_GRID = 1.5 * 2.0 ** (52 - 94)
_BLOCK_ROWS = 2048

Take = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float16]]
"""Brings the (B, 512) rows with (B,) row numbers."""


def exact_similarities(rows: npt.NDArray[np.float16], query: Features) -> npt.NDArray[np.float64]:
    """(B,) float64: the exact dot products of (B, 512) `rows` and (512,) `query`, rounded once.

    Sum |row x query| is at most MAX_NORM² < 1.03. Adding and subtracting 1.5 * 2^(52-g) rounds a
    small number to a multiple of 2^-g. High parts are multiples of 2^-51 and stay below 2 in sum:
    53 bits hold every partial sum. The remainders are below 2^-52 each, 2^-43 in sum; their
    multiples of 2^-94 need 51 bits. What is left, below 512 * 2^-95 = 2^-86, is dropped.
    """
    products = rows.astype(np.float64) * query.astype(np.float64)
    high = (products + _HIGH_GRID) - _HIGH_GRID
    low = ((products - high) + _LOW_GRID) - _LOW_GRID
    total: npt.NDArray[np.float64] = high.sum(axis=1) + low.sum(axis=1)
    return total


def exact_top(
    take: Take, candidates: npt.NDArray[np.int64], query: Features, k: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The candidates that may be among the best `k`, ties included, with exact similarities.

    `take` brings rows by their numbers. Many candidates are thinned first by a plain float64
    product: what lies more than twice its error below the k-th best can't be among the best k
    (the argument of `plain_matrix.py`).

    Returns: (C,) int64 rows and (C,) float64 similarities, C >= min(k, candidates), in no order.
    """
    if len(candidates) > 2 * k:
        rough = _rough_similarities(take, candidates, query)
        kth_best = np.partition(rough, -k)[-k]
        candidates = candidates[rough >= kth_best - 2.01 * FLOAT64_ERROR]
    similarities = [exact_similarities(take(block), query) for block in _blocks(candidates)]
    return candidates, np.concatenate([np.empty(0, np.float64), *similarities])


def _rough_similarities(
    take: Take, candidates: npt.NDArray[np.int64], query: Features
) -> npt.NDArray[np.float64]:
    wanted = query.astype(np.float64)
    products = [take(block).astype(np.float64) @ wanted for block in _blocks(candidates)]
    rough: npt.NDArray[np.float64] = np.concatenate(products)
    return rough


def _blocks(candidates: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    return (
        candidates[first : first + _BLOCK_ROWS] for first in range(0, len(candidates), _BLOCK_ROWS)
    )
