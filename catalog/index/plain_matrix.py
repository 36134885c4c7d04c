"""Rows as one float16 tensor, scanned by torch: on a GPU, and where nothing can be compiled.

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

Both rely on float16 products being summed in float32, which torch does on the CPU and is told to
do on a GPU, and on float32 products being taken in float32 (`float32_matmul_precision`
"highest", torch's default).

A float16 product reads each row once at nearly the memory's speed, but torch has no fast float16
gemm for the CPU; from `_GEMM_QUERIES` on, widening the rows to float32 inside the cache is faster.

Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import torch

from catalog.index.matrix import Wanted
from catalog.index.rows import Selection
from catalog.norms import MAX_NORM
from lookalike.search import FEATURE_DIM, Features

_UNIT_32: Final = 2.0**-24
_SUM_ERROR: Final = FEATURE_DIM * _UNIT_32 / (1 - FEATURE_DIM * _UNIT_32)
_ROOM: Final = 1.01
"""For the rounding of the bounds themselves."""

_GEMM_QUERIES: Final = 4
_GEMM_ROWS: Final = 1024
"""1024 x 512 float32 = 2 MiB: with the rows that they come from they stay in the cache."""
_BLOCK_SCORES: Final = 1 << 21
_GPU_BLOCK_SCORES: Final = 1 << 26
_GROUP: Final = 256


class PlainMatrix:
    """A `RowMatrix` on any torch device."""

    def __init__(self, rows: int, device: torch.device | str = "cpu", block_rows: int = 0) -> None:
        """Make room for `rows` rows; `block_rows` are scored at a time, 0 chooses."""
        self._rows = torch.empty(rows, FEATURE_DIM, dtype=torch.float16, device=device)
        self._block_rows = block_rows
        if self._on_gpu:
            torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False

    def __len__(self) -> int:
        return len(self._rows)

    def write(self, first: int, features: npt.NDArray[np.float16]) -> None:
        """See `RowMatrix.write`."""
        self._rows[first : first + len(features)] = torch.from_numpy(features.copy())

    def sort(self, order: npt.NDArray[np.int64]) -> None:
        """See `RowMatrix.sort`; takes twice the memory meanwhile."""
        self._rows = self._rows[torch.from_numpy(order).to(self._rows.device)]

    def take(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float16]:
        """See `RowMatrix.take`."""
        taken = self._rows.index_select(0, torch.from_numpy(rows).to(self._rows.device))
        features: npt.NDArray[np.float16] = taken.cpu().numpy()
        return features

    def candidates(
        self, selection: Selection, wanted: Sequence[Wanted]
    ) -> list[npt.NDArray[np.int64]]:
        """See `RowMatrix.candidates`."""
        queries = np.stack([query.features for query in wanted])
        narrow = self._on_gpu or len(queries) < _GEMM_QUERIES
        leaders = [_Leaders(query.k, error_bound(query.features, narrow)) for query in wanted]
        for start, scores in self._blocks(selection, queries, narrow):
            for query, leader, query_scores in zip(wanted, leaders, scores, strict=True):
                stop = start + len(query_scores)
                inside = [row - start for row in query.excluded if start <= row < stop]
                query_scores[inside] = -torch.inf
                leader.add(start, query_scores)
        return [leader.candidates() for leader in leaders]

    @property
    def _on_gpu(self) -> bool:
        return self._rows.device.type != "cpu"

    def _blocks(
        self, selection: Selection, queries: Features, narrow: bool
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """Scores by block of neighbouring rows: (first row, (Q, rows) float32)."""
        most = _GPU_BLOCK_SCORES if self._on_gpu else _BLOCK_SCORES
        block_rows = self._block_rows or max(most // len(queries), _GEMM_ROWS)
        wanted = torch.from_numpy(queries).to(self._rows.device)
        place = 0
        for start, stop in selection.slices:
            for first in range(start, stop, block_rows):
                rows = self._rows[first : min(first + block_rows, stop)]
                scores = score(rows, wanted, narrow)
                if selection.keep is not None:
                    left_out = torch.from_numpy(~selection.keep[place : place + len(rows)])
                    scores[:, left_out.to(scores.device)] = -torch.inf
                place += len(rows)
                yield first, scores


class _Leaders:
    """One query's candidates, block by block."""

    def __init__(self, k: int, bound: float) -> None:
        self._k = k
        self._bound = bound
        self._best = torch.empty(0)
        self._kept: list[tuple[torch.Tensor, torch.Tensor]] = []

    def add(self, start: int, scores: torch.Tensor) -> None:
        """Keep what may be among the best k of the rows from `start` on; -inf never is."""
        best = self._best.to(scores.device)
        floor = max(self._floor(best), self._floor(_group_maxima(scores)))
        places = torch.nonzero((scores >= floor) & (scores > -torch.inf)).flatten()
        self._kept.append((places + start, scores[places]))
        self._best = _largest(torch.cat((best, scores[places])), self._k)

    def candidates(self) -> npt.NDArray[np.int64]:
        """(C,) int64 rows at or above the final floor."""
        floor = self._floor(self._best)
        parts = [rows[scores >= floor].cpu().numpy() for rows, scores in self._kept]
        return np.concatenate([np.empty(0, np.int64), *parts])

    def _floor(self, seen: torch.Tensor) -> float:
        """The least score of a candidate where rows with the scores `seen` exist."""
        if len(seen) < self._k:
            return -np.inf
        kth_best = np.float32(_largest(seen, self._k).min().item() - 2 * self._bound)
        return float(np.nextafter(kth_best, np.float32(-np.inf)))


def _largest(scores: torch.Tensor, k: int) -> torch.Tensor:
    return scores if len(scores) <= k else scores.topk(k, sorted=False).values


def _group_maxima(scores: torch.Tensor) -> torch.Tensor:
    """Scores of as many different rows, large ones: far cheaper than a top-K over all."""
    whole = len(scores) // _GROUP * _GROUP
    return scores[:whole].reshape(-1, _GROUP).amax(dim=1)


def error_bound(query: npt.NDArray[np.float32], narrow: bool) -> float:
    """How far a score of `score` may lie from the true one."""
    if not narrow:
        return _ROOM * _SUM_ERROR * MAX_NORM**2
    rounded = query.astype(np.float16).astype(np.float64)
    rounding = float(np.linalg.norm(query.astype(np.float64) - rounded))
    return _ROOM * (MAX_NORM * rounding + MAX_NORM**2 * (_SUM_ERROR + 2.0**-11) + 2.0**-25)


def score(rows: torch.Tensor, queries: torch.Tensor, narrow: bool) -> torch.Tensor:
    """(Q, B) float32: approximate products of (Q, 512) `queries` and (B, 512) float16 `rows`.

    `narrow` multiplies in float16, else in float32.
    """
    if narrow and rows.device.type != "cpu":
        return (queries.half() @ rows.T).float()
    if narrow:
        return torch.stack([torch.mv(rows, query).float() for query in queries.half()])
    scores = torch.empty(len(queries), len(rows))
    wide = torch.empty(min(_GEMM_ROWS, len(rows)), FEATURE_DIM)
    for first in range(0, len(rows), _GEMM_ROWS):
        chunk = rows[first : first + _GEMM_ROWS]
        scores[:, first : first + len(chunk)] = queries @ wide[: len(chunk)].copy_(chunk).T
    return scores
