"""The queries of the search benchmarks look at many spots of the drawn rows."""

from __future__ import annotations

import numpy as np

from benchmarks.topk import TOGETHER, drawn_features, drawn_queries

_SAME_LOOK = 0.7
"""Cosine of two variants of one look: 0.85; of two looks, which share a mean: 0.42."""


def test_each_query_is_a_variant_of_a_look_of_its_own() -> None:
    queries = drawn_queries()
    cosines = queries @ queries.T
    np.testing.assert_allclose(np.diag(cosines), 1, rtol=1e-5)
    assert cosines[~np.eye(TOGETHER, dtype=bool)].max() < _SAME_LOOK


def test_the_rows_vary_each_querys_look() -> None:
    for rows in (2_000, 30_000):
        nearest = (drawn_queries() @ drawn_features(rows, seed=3).astype(np.float32).T).max(axis=1)
        assert nearest.min() > _SAME_LOOK
