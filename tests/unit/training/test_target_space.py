"""The space of the teacher's targets."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.training.target_space import principal_directions


@pytest.mark.parametrize("count", [40, 400])  # by singular values, and by the covariance's
def test_directions_keep_their_sign_where_a_row_is_left_out(count: int) -> None:
    spread = np.diag(2.0 ** -np.arange(8)).astype(np.float32)
    rows = np.random.default_rng(5).normal(size=(count, 8)).astype(np.float32) @ spread
    wide = np.pad(rows, ((0, 0), (0, 56)))
    whole, less = principal_directions(wide)[:, :4], principal_directions(wide[1:])[:, :4]
    assert ((whole * less).sum(axis=0) > 0.9).all()
    assert (whole[np.abs(whole).argmax(axis=0), np.arange(4)] > 0).all()
    mirrored = principal_directions(-wide)[:, :4]
    assert np.allclose(whole, mirrored, atol=1e-5)
