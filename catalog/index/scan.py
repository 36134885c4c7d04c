"""The scan: approximate scores of all selected rows, and the candidates that they leave.

The top-K is exact although the scores are not. Let every approximate score differ by at most e
from the true one, and t be the k-th best approximate score. The k rows at or above t have true
scores of at least t - e, so the true k-th best is at least t - e; a row that is among the true
best k, or ties with the last of them, has a true score of at least t - e, so an approximate one
of at least t - 2e. The candidates are therefore all rows with score >= t - 2e, however many.

e for the ways to score, |x| and |q| at most MAX_NORM, u = 2^-24:

- float32 gemm (rows widened exactly, any order of summation): g = n u / (1 - n u), e = g |x| |q|.
- float16 product with float32 accumulation: the query is rounded to q' first, which costs at most
  |q - q'| |x|, measured per query; the sum costs g |x| |q'|; rounding the score to float16 costs
  at most 2^-11 |score| + 2^-25.

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
_GEMM_ROWS = 2048
_BLOCK_SCORES = 1 << 21


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
    bounds = _error_bounds(queries)
    best: list[torch.Tensor] = [torch.empty(0) for _ in ks]
    kept: list[list[tuple[torch.Tensor, torch.Tensor]]] = [[] for _ in ks]
    for start, scores in _blocks(matrix, selection, queries, block_rows):
        for i, k in enumerate(ks):
            row_scores = scores[i]
            for row in excluded[i]:
                if start <= row < start + len(row_scores):
                    row_scores[row - start] = -torch.inf
            top = torch.topk(row_scores, min(k, len(row_scores))).values
            best[i] = torch.topk(both := torch.cat((best[i], top)), min(k, len(both))).values
            places = (row_scores >= _floor(best[i], k, bounds[i])).nonzero()[:, 0]
            kept[i].append((places + start, row_scores[places]))
    return [_survivors(kept[i], _floor(best[i], ks[i], bounds[i])) for i in range(len(ks))]


def _survivors(
    kept: list[tuple[torch.Tensor, torch.Tensor]], floor: float
) -> npt.NDArray[np.int64]:
    parts = [rows[(scores >= floor) & (scores > -torch.inf)] for rows, scores in kept]
    return torch.cat(parts).numpy() if parts else np.empty(0, np.int64)


def _floor(best: torch.Tensor, k: int, bound: float) -> float:
    """The least score of a candidate, rounded down to float32; -inf before k rows were seen."""
    if len(best) < k:
        return -np.inf
    return float(np.nextafter(np.float32(float(best[-1]) - 2 * bound), np.float32(-np.inf)))


def _error_bounds(queries: Features) -> list[float]:
    if len(queries) == 1:
        rounding = float(
            np.linalg.norm(queries[0].astype(np.float64) - queries[0].astype(np.float16))
        )
        return [MAX_NORM * rounding + 1.01 * MAX_NORM**2 * (_SUM_ERROR + 2.0**-11) + 2.0**-25]
    return [1.01 * _SUM_ERROR * MAX_NORM**2] * len(queries)


def _blocks(
    matrix: torch.Tensor, selection: Selection, queries: Features, block_rows: int
) -> Iterator[tuple[int, torch.Tensor]]:
    """Scores by block of neighbouring rows: (first row, (Q, rows) float32)."""
    block_rows = block_rows or max(_BLOCK_SCORES // len(queries), _GEMM_ROWS)
    place = 0
    for start, stop in selection.slices:
        for first in range(start, stop, block_rows):
            rows = matrix[first : min(first + block_rows, stop)]
            scores = _matvec(rows, queries[0]) if len(queries) == 1 else _gemm(rows, queries)
            if selection.allowed is not None:
                allowed = selection.allowed[place : place + len(rows)]
                scores.masked_fill_(~torch.from_numpy(allowed), -torch.inf)
            place += len(rows)
            yield first, scores


def _matvec(rows: torch.Tensor, query: npt.NDArray[np.float32]) -> torch.Tensor:
    return torch.mv(rows, torch.from_numpy(query.astype(np.float16))).float()[None]


def _gemm(rows: torch.Tensor, queries: Features) -> torch.Tensor:
    """(Q, rows) float32; the rows are widened a cache-sized chunk at a time."""
    wanted = torch.from_numpy(queries)
    scores = torch.empty(len(queries), len(rows))
    wide = torch.empty(min(_GEMM_ROWS, len(rows)), FEATURE_DIM)
    for first in range(0, len(rows), _GEMM_ROWS):
        chunk = rows[first : first + _GEMM_ROWS]
        widened = wide[: len(chunk)].copy_(chunk)
        scores[:, first : first + len(chunk)] = wanted @ widened.T
    return scores
