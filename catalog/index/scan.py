"""The scan: approximate scores of all selected rows, and the candidates that they leave.

The top-K is exact although the scores are not. Let every approximate score differ by at most e
from the true one, and t be the k-th best approximate score. The k rows at or above t have true
scores of at least t - e, so the true k-th best is at least t - e; a row that is among the true
best k, or ties with the last of them, has a true score of at least t - e, so an approximate one
of at least t - 2e. The candidates are therefore all rows with score >= t - 2e, however many.

e for the ways to score, |x| and |q| at most MAX_NORM, u = 2^-24:

- float32 gemm (rows widened exactly, any order of summation): g = n u / (1 - n u), e = g |x| |q|.
- float16 product with float32 sums: the query is rounded to q' first, which costs at most
  |q - q'| |x|, measured per query; the sum costs g |x| |q'|; rounding the score to float16 costs
  at most 2^-11 |score| + 2^-25.

Both rely on torch's defaults for the CPU: float16 products are summed in float32, and float32
products are taken in float32 (`float32_matmul_precision` "highest").

A float16 product reads each row once at nearly the memory's speed, but torch has no fast float16
gemm for the CPU; from `_GEMM_QUERIES` on, widening the rows to float32 inside the cache is faster.

Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import torch

from catalog.index.rescore import MAX_NORM
from catalog.index.rows import Selection
from lookalike.search import FEATURE_DIM, Features

_UNIT_32 = 2.0**-24
_SUM_ERROR = FEATURE_DIM * _UNIT_32 / (1 - FEATURE_DIM * _UNIT_32)
_ROOM = 1.01
"""For the rounding of the bounds themselves."""

_GEMM_QUERIES = 4
_GEMM_ROWS = 1024
"""1024 x 512 float32 = 2 MiB: with the rows that they come from they stay in the cache."""

_INFINITY = np.float32(np.inf)
_BLOCK_SCORES = 1 << 21
_GROUP = 256


def scan(
    matrix: torch.Tensor,
    selection: Selection,
    queries: Features,
    ks: list[int],
    excluded: list[list[int]],
    block_rows: int = 0,
) -> list[npt.NDArray[np.int64]]:
    """For each query the rows that may be among its best k.

    `matrix` (N, 512) float16; `queries` (Q, 512) float32; `ks` and `excluded` rows by query.
    `block_rows` are scored at a time, 0 chooses.

    Returns: by query (C,) int64 row numbers, C >= min(k, selected rows).
    """
    bounds = [error_bound(query, len(queries)) for query in queries]
    leaders = [_Leaders(k, bound) for k, bound in zip(ks, bounds, strict=True)]
    for start, scores in _blocks(matrix, selection, queries, block_rows):
        for query_scores, leader, rows in zip(scores, leaders, excluded, strict=True):
            inside = [row - start for row in rows if start <= row < start + len(query_scores)]
            query_scores[inside] = -np.inf
            leader.add(start, query_scores)
    return [leader.candidates() for leader in leaders]


class _Leaders:
    """One query's candidates, block by block."""

    def __init__(self, k: int, bound: float) -> None:
        self._k = k
        self._bound = bound
        self._best = np.empty(0, np.float32)
        self._kept: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]] = []

    def add(self, start: int, scores: npt.NDArray[np.float32]) -> None:
        """Keep what may be among the best k of the rows from `start` on; -inf never is."""
        floor = max(self._floor(self._best), self._floor(_group_maxima(scores)))
        places = np.flatnonzero(scores >= floor)
        rows, scores = places + start, scores[places]
        possible = scores > -np.inf
        self._kept.append((rows[possible], scores[possible]))
        self._best = _largest(np.concatenate((self._best, self._kept[-1][1])), self._k)

    def candidates(self) -> npt.NDArray[np.int64]:
        """(C,) int64 rows at or above the final floor."""
        floor = self._floor(self._best)
        parts = [rows[scores >= floor] for rows, scores in self._kept]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _floor(self, seen: npt.NDArray[np.float32]) -> np.float32:
        """The least score of a candidate where rows with the scores `seen` exist."""
        if len(seen) < self._k:
            return -_INFINITY
        kth_best = float(_largest(seen, self._k).min())
        floor: np.float32 = np.nextafter(np.float32(kth_best - 2 * self._bound), -_INFINITY)
        return floor


def _largest(scores: npt.NDArray[np.float32], k: int) -> npt.NDArray[np.float32]:
    return scores if len(scores) <= k else np.partition(scores, -k)[-k:]


def _group_maxima(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Scores of as many different rows, large ones: far cheaper than a top-K over all."""
    whole = len(scores) // _GROUP * _GROUP
    maxima: npt.NDArray[np.float32] = scores[:whole].reshape(-1, _GROUP).max(axis=1)
    return maxima


def error_bound(query: npt.NDArray[np.float32], together: int) -> float:
    """How far a score of `score` may lie from the true one, for so many queries `together`."""
    if together >= _GEMM_QUERIES:
        return _ROOM * _SUM_ERROR * MAX_NORM**2
    rounded = query.astype(np.float16).astype(np.float64)
    rounding = float(np.linalg.norm(query.astype(np.float64) - rounded))
    return _ROOM * (MAX_NORM * rounding + MAX_NORM**2 * (_SUM_ERROR + 2.0**-11) + 2.0**-25)


def score(rows: torch.Tensor, queries: Features) -> torch.Tensor:
    """(Q, B) float32: approximate products of (Q, 512) `queries` and (B, 512) float16 `rows`."""
    if len(queries) < _GEMM_QUERIES:
        narrow = torch.from_numpy(queries.astype(np.float16))
        return torch.stack([torch.mv(rows, query).float() for query in narrow])
    wanted = torch.from_numpy(queries)
    scores = torch.empty(len(queries), len(rows))
    wide = torch.empty(min(_GEMM_ROWS, len(rows)), FEATURE_DIM)
    for first in range(0, len(rows), _GEMM_ROWS):
        chunk = rows[first : first + _GEMM_ROWS]
        scores[:, first : first + len(chunk)] = wanted @ wide[: len(chunk)].copy_(chunk).T
    return scores


def _blocks(
    matrix: torch.Tensor, selection: Selection, queries: Features, block_rows: int
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Scores by block of neighbouring rows: (first row, (Q, rows) float32)."""
    block_rows = block_rows or max(_BLOCK_SCORES // len(queries), _GEMM_ROWS)
    place = 0
    for start, stop in selection.slices:
        for first in range(start, stop, block_rows):
            rows = matrix[first : min(first + block_rows, stop)]
            scores = score(rows, queries).numpy()
            if selection.penalty is not None:
                scores += selection.penalty[place : place + len(rows)]
            place += len(rows)
            yield first, scores
