"""Rows in two planes of bytes, scanned by compiled loops that read about half of their bytes.

The top-K is exact although the scores are not. For a row x let x' be what its high bytes stand
for. By Cauchy and Schwarz q.x <= q.x' + |q| |x - x'|, and |x - x'|, about 0.027, is kept for each
row. A scan takes q.x' from the high bytes alone; only where that bound reaches the k-th best
score so far, it takes the row's low bytes too and computes q.x in float32.

Let every float32 score differ by at most m from the true one, and t be the k-th best float32
score seen so far. Its k rows have true scores of at least t - m, so the true k-th best is at
least t - m. A row whose bound, itself off by m at most, lies below t - 2m has a true score below
t - m: it is not among the best k, nor ties with the last of them. The same holds for a row with
a float32 score below t - 2m. All others are candidates.

m: float32 products in any order differ by at most g |x| |q|, g = n u / (1 - n u), u = 2^-24.

Batches of queries are scored in 16-bit integers, x' and q rounded to multiples of 2^-14; that adds
at most |x'| |q - q'| + |q'| sqrt(n) 2^-15 to the bound. Sums of 512 such products fit 32 bits,
since |x'| |q'| < 1.2: no partial sum exceeds 1.2 x 2^28.

Source: Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from catalog.index.byte_planes import join, sort_in_place, split
from catalog.index.compiled import one_process_at_a_time
from catalog.index.kernels import INT_SCALE, scan_many, scan_one
from catalog.index.matrix import Wanted
from catalog.index.rows import Selection
from catalog.index.threads import search_threads
from catalog.index.tile_products import PAIR
from catalog.norms import MAX_NORM
from lookalike.search import FEATURE_DIM, Features

_T = TypeVar("_T")
_Array = TypeVar("_Array", bound=npt.NDArray[Any])

_SUM_ERROR: Final = FEATURE_DIM * 2.0**-24 / (1 - FEATURE_DIM * 2.0**-24)
_ROUGH_NORM: Final = 1.1
"""The longest x': a high byte is off by a sixteenth of a number at most, or by 2^-14."""
_ROOM: Final = 1.01
_TINY: Final = 2.0**-20
"""For the rounding of the bounds themselves, and of what is added to them."""
_MARGIN: Final = np.float32(_ROOM * _SUM_ERROR * _ROUGH_NORM * MAX_NORM + _TINY)
_INT_ROUNDING: Final = FEATURE_DIM**0.5 / 2 / INT_SCALE
_NOTHING: Final = np.empty(0, np.bool_)

_TOGETHER: Final = 64
"""Queries of one scan; more take several."""
_LEAST_PIECE_ROWS: Final = 4096
_MOST_PIECE_ROWS: Final = 32_768
_PIECES_A_THREAD: Final = 8


class PlaneMatrix:
    """A `RowMatrix` for the processor, as large as the float16 rows and 4 bytes a row more."""

    def __init__(self, rows: int, threads: int | None = None) -> None:
        """Make room for `rows` rows; scans use `threads` threads, None as many as
        `search_threads` says.

        The first one in a process compiles the loops, or finds them compiled.
        """
        _compile()
        self._planes = _Planes.empty(rows)
        self._threads = threads

    def __len__(self) -> int:
        return len(self._planes.error)

    def write(self, first: int, features: npt.NDArray[np.float16]) -> None:
        """See `RowMatrix.write`."""
        self._planes.write(first, features)

    def sort(self, order: npt.NDArray[np.int64]) -> None:
        """See `RowMatrix.sort`; the rows are moved where they lie."""
        planes = self._planes
        sort_in_place(planes.high, planes.low, planes.error, order.copy())

    def take(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float16]:
        """See `RowMatrix.take`."""
        bits = np.empty((len(rows), FEATURE_DIM), np.uint16)
        join(self._planes.high, self._planes.low, rows, bits)
        return bits.view(np.float16)

    def candidates(
        self, selection: Selection, wanted: Sequence[Wanted]
    ) -> list[npt.NDArray[np.int64]]:
        """See `RowMatrix.candidates`."""
        threads = self._threads or search_threads()
        groups = [wanted[first : first + _TOGETHER] for first in range(0, len(wanted), _TOGETHER)]
        return [rows for group in groups for rows in _scan(self._planes, selection, group, threads)]


@dataclass(frozen=True, slots=True)
class _Planes:
    """(N, 512) int8 and (N, 512) uint8 as `byte_planes.py` has them, and (N,) float32."""

    high: npt.NDArray[np.int8]
    low: npt.NDArray[np.uint8]
    error: npt.NDArray[np.float32]

    @classmethod
    def empty(cls, rows: int) -> _Planes:
        shape = (rows, FEATURE_DIM)
        return cls(np.empty(shape, np.int8), np.empty(shape, np.uint8), np.empty(rows, np.float32))

    def write(self, first: int, features: npt.NDArray[np.float16]) -> None:
        place = slice(first, first + len(features))
        bits = _read_only(np.ascontiguousarray(features).view(np.uint16))
        split(bits, self.high[place], self.low[place], self.error[place])


_Piece = tuple[int, int, npt.NDArray[np.bool_]]
"""Rows [start, stop), and which of them to keep; empty for all."""
_Found = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float32]]
"""(C,) queries, rows and float32 scores."""


def _scan(
    planes: _Planes, selection: Selection, wanted: Sequence[Wanted], threads: int
) -> list[npt.NDArray[np.int64]]:
    selected = sum(stop - start for start, stop in selection.slices)
    if not selected:
        return [np.empty(0, np.int64) for _ in wanted]
    pieces = list(_pieces(selection, selected, threads))
    ks = np.array([min(query.k, selected) for query in wanted])
    leaders = np.full((min(threads, len(pieces)), len(wanted), ks.max()), -np.inf, np.float32)
    scan_piece = (_ScanOne if len(wanted) == 1 else _ScanMany)(planes, wanted, ks)
    left = iter(pieces)

    def work(thread: int) -> list[_Found]:
        # `left` is shared by the threads: each takes the next piece that is left.
        return [scan_piece(piece, leaders[thread]) for piece in left]

    found = [part for parts in _on_threads(work, len(leaders)) for part in parts]
    queries, rows, scores = (np.concatenate(parts) for parts in zip(*found, strict=True))
    best = leaders.transpose(1, 0, 2).reshape(len(wanted), -1)
    answers = []
    for query, k in enumerate(ks.tolist()):
        # Entries past a query's own k stay -inf, and so does what no thread has found.
        kth_best = np.partition(best[query], -k)[-k]
        answers.append(rows[(queries == query) & (scores >= kth_best - 2 * _MARGIN)])
    return answers


class _ScanOne:
    def __init__(
        self, planes: _Planes, wanted: Sequence[Wanted], ks: npt.NDArray[np.int64]
    ) -> None:
        (query,) = wanted
        self._planes = planes
        features = _read_only(np.ascontiguousarray(query.features))
        self._query = (features, _length(query.features), int(ks[0]))
        self._excluded = np.array(query.excluded, np.int64)
        self._floor = np.full(1, -np.inf, np.float32)

    def __call__(self, piece: _Piece, leaders: npt.NDArray[np.float32]) -> _Found:
        start, stop, keep = piece
        high, low, error = self._planes.high, self._planes.low, self._planes.error
        shared = (_MARGIN, self._excluded, leaders[0], self._floor)
        rows, scores = scan_one(high, low, error, keep, start, stop, *self._query, *shared)
        return np.zeros(len(rows), np.int64), rows, scores


class _ScanMany:
    def __init__(
        self, planes: _Planes, wanted: Sequence[Wanted], ks: npt.NDArray[np.int64]
    ) -> None:
        queries = np.stack([query.features for query in wanted])
        integers = np.zeros((-(-len(wanted) // PAIR) * PAIR, FEATURE_DIM), np.int16)
        integers[: len(wanted)] = np.rint(queries * np.float32(INT_SCALE))
        rounding = np.linalg.norm(integers[: len(wanted)] / INT_SCALE - queries, axis=1)
        slack = _ROOM * (_ROUGH_NORM * rounding + (MAX_NORM + rounding) * _INT_ROUNDING) + _TINY
        lengths = np.array([_length(query) for query in queries])
        self._planes = planes
        self._queries = (queries, integers, lengths, slack.astype(np.float32), ks)
        excluded = [q * len(planes.error) + row for q, w in enumerate(wanted) for row in w.excluded]
        self._excluded = np.array(excluded, np.int64)
        self._floors = np.full(len(wanted), -np.inf, np.float32)

    def __call__(self, piece: _Piece, leaders: npt.NDArray[np.float32]) -> _Found:
        start, stop, keep = piece
        high, low, error = self._planes.high, self._planes.low, self._planes.error
        shared = (_MARGIN, self._excluded, leaders, self._floors)
        found: _Found = scan_many(high, low, error, keep, start, stop, *self._queries, *shared)
        return found


def _read_only(array: _Array) -> _Array:
    """A view that can't be written to: what comes through Ray is such an array already, which to
    the compiler is another type, and would have its loop compiled anew while a caller waits."""
    view = array.view()
    view.flags.writeable = False
    return view


def _length(query: Features) -> np.float32:
    """At least |q|."""
    return np.float32(np.linalg.norm(query.astype(np.float64)) * 1.000001)


def _pieces(selection: Selection, selected: int, threads: int) -> Iterator[_Piece]:
    """Many enough for each thread to have work until the end, whatever else the machine does."""
    piece_rows = selected // (_PIECES_A_THREAD * threads)
    piece_rows = min(max(piece_rows, _LEAST_PIECE_ROWS), _MOST_PIECE_ROWS)
    place = 0
    for first, last in selection.slices:
        for start in range(first, last, piece_rows):
            stop = min(start + piece_rows, last)
            keep = selection.keep
            yield start, stop, _NOTHING if keep is None else keep[place : place + stop - start]
            place += stop - start


@cache
def _helpers() -> ThreadPoolExecutor:
    """The threads that help the calling ones, shared by all scans of the process."""
    return ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="scan")


def _on_threads(work: Callable[[int], _T], threads: int) -> list[_T]:
    """Call `work` with 0 here and with 1 … on helpers; a helper that is busy may stay away."""
    helped = [_helpers().submit(work, thread) for thread in range(1, threads)]
    try:
        results = [work(0)]
    finally:
        begun = [help_ for help_ in helped if not help_.cancel()]
        wait(begun)
    return results + [help_.result() for help_ in begun]


@cache
def _compile() -> None:
    """Call every loop once, so that no query waits for the compiler."""
    with one_process_at_a_time():
        _call_all()


def _call_all() -> None:
    planes = _Planes.empty(2)
    rows = np.zeros((2, FEATURE_DIM), np.float16)
    rows[:, 0] = 1
    planes.write(0, rows)
    sort_in_place(planes.high, planes.low, planes.error, np.array([1, 0]))
    join(planes.high, planes.low, np.array([0]), np.empty((1, FEATURE_DIM), np.uint16))
    query = Wanted(rows[0].astype(np.float32), 1)
    everything = Selection(((0, 2),))
    for together in (1, 2):
        _scan(planes, everything, [query] * together, threads=1)
