"""What a scan leaves out can't be among the best, in whichever way the rows are held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.index.byte_planes import join, sort_in_place, split
from catalog.index.choice import row_matrix
from catalog.index.kernels import scan_many, scan_one
from catalog.index.matrix import RowMatrix, Wanted
from catalog.index.plain_matrix import PlainMatrix, error_bound, score
from catalog.index.plane_matrix import PlaneMatrix
from catalog.index.rows import Selection
from lookalike.search import FEATURE_DIM, Features

from .drawn import pool, unit

deterministic = settings(derandomize=True, database=None, max_examples=30)

WAYS = {
    "compiled, 1 thread": lambda rows: PlaneMatrix(rows, threads=1),
    "compiled, 3 threads": lambda rows: PlaneMatrix(rows, threads=3),
    "torch": PlainMatrix,
    "torch, blocks of 23": lambda rows: PlainMatrix(rows, block_rows=23),
}
MakeMatrix = Callable[[int], RowMatrix]
every_way = pytest.mark.parametrize("make", WAYS.values(), ids=WAYS.keys())


def matrix_of(make: MakeMatrix, rows: npt.NDArray[np.float16]) -> RowMatrix:
    matrix = make(len(rows))
    for first in range(0, len(rows), 60):
        matrix.write(first, rows[first : first + 60])
    return matrix


def hard_rows(seed: int, scale: float, count: int) -> Features:
    """(count, 512) unit vectors whose numbers span as many magnitudes as `scale` says."""
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((count, FEATURE_DIM)) * np.exp(
        scale * rng.standard_normal(FEATURE_DIM)
    )
    drawn[::2] = np.abs(drawn[::2])
    return np.array([unit(vector) for vector in drawn])


@every_way
@pytest.mark.parametrize("together", [1, 2, 5, 70])
@deterministic
@given(
    seed=st.integers(0, 10_000),
    scale=st.sampled_from((0.0, 1.0, 3.0, 8.0)),
    k=st.sampled_from((1, 12, 500)),
    masked=st.booleans(),
)
def test_candidates_hold_all_of_the_best_k_and_nothing_that_is_left_out(
    make: MakeMatrix, together: int, seed: int, scale: float, k: int, masked: bool
) -> None:
    rows = np.concatenate([pool(seed, 100), hard_rows(seed, scale, 100).astype(np.float16)])
    looks = np.concatenate([rows[:35].astype(np.float32), hard_rows(seed + 1, scale, 35)])
    excluded, slices = [4, 50, 199], ((0, 30), (40, 200))
    in_slices = [*range(30), *range(40, 200)]
    keep = np.arange(190) % 3 != 0 if masked else None
    allowed = {row for i, row in enumerate(in_slices) if keep is None or keep[i]} - set(excluded)
    wanted = [Wanted(look, k, excluded) for look in looks[:together]]
    left = matrix_of(make, rows).candidates(Selection(slices, keep), wanted)
    for query, candidates in zip(wanted, left, strict=True):
        true = rows.astype(np.float64) @ query.features.astype(np.float64)
        kth_best = sorted((true[row] for row in allowed), reverse=True)[:k][-1]
        best = {row for row in allowed if true[row] >= kth_best}
        assert best <= set(candidates.tolist()) <= allowed
        assert len(set(candidates.tolist())) == len(candidates)


@every_way
def test_queries_of_one_scan_may_want_different_numbers(make: MakeMatrix) -> None:
    rows = pool(3, 100)
    wanted = [Wanted(rows[i].astype(np.float32), k) for i, k in ((0, 1), (1, 40), (2, 7))]
    left = matrix_of(make, rows).candidates(Selection(((0, 100),)), wanted)
    for query, candidates in zip(wanted, left, strict=True):
        true = rows.astype(np.float64) @ query.features.astype(np.float64)
        assert set(np.argsort(-true, kind="stable")[: query.k]) <= set(candidates.tolist())


@every_way
def test_more_candidates_than_there_was_room_for_are_all_kept(make: MakeMatrix) -> None:
    rows = np.repeat(pool(0, 1), 20_000, axis=0)
    query = Wanted(rows[0].astype(np.float32), 3)
    for together in (1, 2):
        left = matrix_of(make, rows).candidates(Selection(((0, 20_000),)), [query] * together)
        assert [sorted(candidates) for candidates in left] == [list(range(20_000))] * together


@every_way
def test_nothing_selected_leaves_nothing(make: MakeMatrix) -> None:
    matrix, query = matrix_of(make, pool(0, 5)), Wanted(unit(np.ones(FEATURE_DIM)), 3)
    for together in (1, 2):
        for nothing in (Selection(()), Selection(((0, 5),), np.zeros(5, np.bool_))):
            left = matrix.candidates(nothing, [query] * together)
            assert [len(candidates) for candidates in left] == [0] * together


@every_way
@deterministic
@given(seed=st.integers(0, 1000), count=st.integers(0, 40))
def test_rows_come_back_as_they_were_written_in_any_order(
    make: MakeMatrix, seed: int, count: int
) -> None:
    rows = np.concatenate([pool(seed, 25), hard_rows(seed, 8.0, 15).astype(np.float16)])[:count]
    order = np.random.default_rng(seed).permutation(count)
    matrix = matrix_of(make, rows)
    matrix.sort(order)
    asked = np.arange(count)[::-1].copy()
    np.testing.assert_array_equal(matrix.take(asked), rows[order][::-1])
    assert len(matrix) == count


def test_every_float16_that_a_row_may_hold_comes_back() -> None:
    finite = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    rows = finite[np.abs(finite.astype(np.float32)) < 2].reshape(-1, FEATURE_DIM)
    matrix = matrix_of(PlaneMatrix, rows)
    np.testing.assert_array_equal(matrix.take(np.arange(len(rows))), rows)


@pytest.mark.parametrize("together", [1, 3, 4, 16])
@deterministic
@given(seed=st.integers(0, 10_000), scale=st.sampled_from((0.0, 1.0, 3.0, 8.0)))
def test_torch_s_scores_lie_within_the_proven_bound(together: int, seed: int, scale: float) -> None:
    vectors = hard_rows(seed, scale, 64 + together)
    rows, looks = vectors[:64].astype(np.float16), vectors[64:]
    true = looks.astype(np.float64) @ rows.astype(np.float64).T
    for narrow in (True, False):
        scores = score(torch.from_numpy(rows), torch.from_numpy(looks), narrow)
        errors = np.abs(scores.numpy() - true).max(axis=1)
        assert all(
            error <= error_bound(look, narrow) for error, look in zip(errors, looks, strict=True)
        )


def test_a_cpu_is_scanned_by_compiled_loops() -> None:
    assert isinstance(row_matrix(3), PlaneMatrix)


@pytest.mark.parametrize("frozen", [False, True])
def test_no_caller_waits_for_the_compiler(frozen: bool) -> None:
    """Frozen: as Ray hands arrays out, which to the compiler is another type."""
    loops: list[Any] = [scan_one, scan_many, split, join, sort_in_place]
    rows = pool(7, 100)
    looks = rows[:3].astype(np.float32)
    rows.flags.writeable = looks.flags.writeable = not frozen
    matrix = PlaneMatrix(len(rows), threads=2)
    before = signatures(loops)
    assert before == [1] * len(loops)
    matrix.write(0, rows)
    matrix.sort(np.arange(len(rows))[::-1])
    for keep in (None, np.arange(len(rows)) % 2 == 0):
        for together in (1, 3):
            wanted = [Wanted(look, 5, [1]) for look in looks[:together]]
            matrix.take(matrix.candidates(Selection(((0, len(rows)),), keep), wanted)[0])
    assert signatures(loops) == before


def signatures(loops: list[Any]) -> list[int]:
    """For how many combinations of types each loop is compiled."""
    return [len(loop.signatures) for loop in loops]
