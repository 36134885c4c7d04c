"""Compiled scans over byte planes: rough scores of all rows, better ones of those that may matter.

See `plane_matrix.py` for why nothing is missed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from catalog.index.byte_planes import coarse, exact
from catalog.index.compiled import compiled
from catalog.index.tile_products import PAIR, TILE_ROWS, tile_products
from lookalike.search import FEATURE_DIM

INT_SCALE: Final = 2.0**14
"""What 1.0 becomes in the 16-bit integers of a batch."""

_DIM: Final = FEATURE_DIM
_PER_PRODUCT: Final = np.float32(INT_SCALE**-2)


@compiled
def _coarse_products(first: Any, second: Any, third: Any, fourth: Any, query: Any) -> Any:
    """Four rows at a time: the processor then fetches one while it reckons with another."""
    one, two, three, four = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
    for j in range(_DIM):
        one += coarse(first[j]) * query[j]
        two += coarse(second[j]) * query[j]
        three += coarse(third[j]) * query[j]
        four += coarse(fourth[j]) * query[j]
    return one, two, three, four


@compiled
def _exact_product(high: Any, low: Any, query: Any) -> Any:
    total = np.float32(0)
    for j in range(_DIM):
        total += exact(high[j], low[j]) * query[j]
    return total


@compiled
def _push(leaders: Any, k: int, score: Any) -> None:
    """Put a score in place of the least of a heap's first `k`; the least is first again."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= k:
            break
        if child + 1 < k and leaders[child + 1] < leaders[child]:
            child += 1
        if leaders[child] >= score:
            break
        leaders[place] = leaders[child]
        place = child
    leaders[place] = score


@compiled
def _longer(array: Any) -> Any:
    longer = np.empty(2 * len(array), array.dtype)
    longer[: array.shape[0]] = array
    return longer


@compiled
def _holds(rising: Any, wanted: int) -> bool:
    first, last = 0, len(rising)
    while first < last:
        middle = (first + last) // 2
        if rising[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return bool(first < len(rising) and rising[first] == wanted)


@compiled
def _kept(keep: Any, start: int, stop: int) -> Any:
    """(K,) int64: the rows from `start` to `stop` that `keep` does not leave out."""
    if keep.shape[0] == 0:
        return np.arange(start, stop)
    rows, count = np.empty(stop - start, np.int64), 0
    for row in range(start, stop):
        rows[count] = row
        count += keep[row - start]
    return rows[:count]


@compiled
def scan_one(
    high: Any,
    low: Any,
    error: Any,
    keep: Any,
    start: int,
    stop: int,
    query: Any,
    length: Any,
    k: int,
    margin: Any,
    excluded: Any,
    leaders: Any,
    floor: Any,
) -> Any:
    """Candidates for one query among the rows `start` to `stop`.

    `keep` (rows,) bool leaves rows out, empty for none. `query` (512,) float32 of `length`;
    `margin` bounds the error of a float32 product; `excluded` (E,) int64, rising. `leaders`
    (k,) float32 are the best float32 scores so far, a heap, -inf for those to come; `floor` (1,)
    float32 is the worst of the leaders that any thread has.

    Returns: (C,) int64 rows and (C,) float32 scores.
    """
    found, scores, count = np.empty(256, np.int64), np.empty(256, np.float32), 0
    rows = _kept(keep, start, stop)
    quarter, last = (len(rows) + 3) // 4, len(rows) - 1
    rough = np.empty(4 * quarter, np.float32)
    for i in range(quarter):
        second, third, fourth = i + quarter, i + 2 * quarter, i + 3 * quarter
        rough[i], rough[second], rough[third], rough[fourth] = _coarse_products(
            high[rows[i]],
            high[rows[min(second, last)]],
            high[rows[min(third, last)]],
            high[rows[min(fourth, last)]],
            query,
        )
    # Where no floor is known yet, the roughly best k give a high one to hold the others to.
    first_least = np.float32(-np.inf)
    if floor[0] == first_least and len(rows) > k:
        first_least = np.partition(rough[: len(rows)], len(rows) - k)[len(rows) - k]
    for first in (True, False):
        for i in range(len(rows)):
            if (rough[i] >= first_least) != first:
                continue
            row, least = rows[i], max(leaders[0], floor[0]) - np.float32(2) * margin
            if rough[i] + error[row] * length < least:
                continue
            score = _exact_product(high[row], low[row], query)
            if score < least or _holds(excluded, row):
                continue
            if score > leaders[0]:
                _push(leaders, k, score)
                floor[0] = max(floor[0], leaders[0])
            if count == len(found):
                found, scores = _longer(found), _longer(scores)
            found[count], scores[count] = row, score
            count += 1
    return found[:count], scores[:count]


@compiled
def _fill_tile(high: Any, rows: Any, tile: Any) -> None:
    for place in range(len(rows)):
        line, out = high[rows[place]], tile[place]
        for j in range(_DIM):
            out[j] = np.int16(np.rint(coarse(line[j]) * np.float32(INT_SCALE)))


@compiled
def scan_many(
    high: Any,
    low: Any,
    error: Any,
    keep: Any,
    start: int,
    stop: int,
    queries: Any,
    int_queries: Any,
    lengths: Any,
    slack: Any,
    ks: Any,
    margin: Any,
    excluded: Any,
    leaders: Any,
    floors: Any,
) -> Any:
    """Candidates for several queries among the rows `start` to `stop`, as `scan_one`.

    `queries` (Q, 512) float32; `int_queries` (Q', 512) int16 are those times `INT_SCALE`, filled
    up to a whole number of pairs; by query: `lengths`, `slack` that bounds what the integers add
    to the error, `ks`, `leaders` (Q, k), `floors`. `excluded` (E,) int64, rising: the number of
    the query, times the number of all rows, plus the row.

    Returns: (C,) int64 queries, (C,) int64 rows and (C,) float32 scores.
    """
    found, found_rows = np.empty(256, np.int64), np.empty(256, np.int64)
    scores, count = np.empty(256, np.float32), 0
    total_rows = len(high)
    tile = np.zeros((TILE_ROWS, _DIM), np.int16)
    sums = np.empty((len(int_queries), TILE_ROWS), np.int32)
    kept = _kept(keep, start, stop)
    errors = np.zeros(TILE_ROWS, np.float32)
    for first in range(0, len(kept), TILE_ROWS):
        rows = kept[first : first + TILE_ROWS]
        for place in range(len(rows)):
            errors[place] = error[rows[place]]
        _fill_tile(high, rows, tile)
        for q in range(0, len(int_queries), PAIR):
            tile_products(tile, int_queries, q, sums)
        for q in range(len(queries)):
            known = max(leaders[q, 0], floors[q]) - np.float32(2) * margin
            limit = known - slack[q]
            hopeful = False
            for place in range(TILE_ROWS):
                rough = np.float32(sums[q, place]) * _PER_PRODUCT + errors[place] * lengths[q]
                hopeful |= rough >= limit
            if not hopeful:
                continue
            for place in range(len(rows)):
                rough = np.float32(sums[q, place]) * _PER_PRODUCT + errors[place] * lengths[q]
                if rough < max(leaders[q, 0], floors[q]) - np.float32(2) * margin - slack[q]:
                    continue
                found_row = rows[place]
                score = _exact_product(high[found_row], low[found_row], queries[q])
                if score < max(leaders[q, 0], floors[q]) - np.float32(2) * margin:
                    continue
                if _holds(excluded, q * total_rows + found_row):
                    continue
                if score > leaders[q, 0]:
                    _push(leaders[q], ks[q], score)
                    floors[q] = max(floors[q], leaders[q, 0])
                if count == len(scores):
                    found, found_rows = _longer(found), _longer(found_rows)
                    scores = _longer(scores)
                found[count], found_rows[count], scores[count] = q, found_row, score
                count += 1
    return found[:count], found_rows[:count], scores[:count]
