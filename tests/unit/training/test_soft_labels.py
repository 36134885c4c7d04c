"""What a classifier thinks of pictures that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.training import soft_labels
from lookalike.training.sample import NO_CLASS
from lookalike.training.soft_labels import out_of_fold_shares

GROUPS = [f"sender{row // 4}" for row in range(160)]


def two_classes(noise: float) -> tuple[np.ndarray, np.ndarray]:
    """(160, 20) float32 rows whose first number tells their class, 0 or 1, in some noise."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 160)
    rows = rng.normal(size=(160, 20)).astype(np.float32) * noise
    rows[:, 0] += 2.0 * labels - 1.0
    return rows, labels


def test_no_row_is_judged_by_its_own_label_or_its_groups() -> None:
    rows, labels = two_classes(noise=0.3)
    turned = labels.copy()
    turned[:4] = 1 - turned[:4]  # one sender's labels are wrong
    shares = out_of_fold_shares(rows, turned, GROUPS, 2)
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-5)
    assert (shares[:4].argmax(axis=1) == labels[:4]).all()


def test_the_penalty_is_the_one_that_held_out_rows_like_best(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, labels = two_classes(noise=3.0)

    def likelihood(*penalties: float) -> float:
        monkeypatch.setattr(soft_labels, "_PENALTIES", penalties)
        shares = out_of_fold_shares(rows, labels, GROUPS, 2)
        return float(np.log(shares[np.arange(160), labels]).mean())

    loose, strict = likelihood(1e-4), likelihood(1e-1)
    assert strict > loose + 0.05
    assert likelihood(1e-4, 1e-1) == likelihood(1e-1, 1e-4) == strict


def test_rows_without_a_label_are_judged_as_well() -> None:
    rows, labels = two_classes(noise=0.3)
    unknown = labels.copy()
    unknown[::5] = NO_CLASS
    shares = out_of_fold_shares(rows, unknown, GROUPS, 2)
    assert (shares[::5].argmax(axis=1) == labels[::5]).mean() > 0.9
