"""The look head learns from pairs what not to look at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lookalike.training.finish import look_rows
from lookalike.training.fit_look import (
    MOST_MAIN_VIEWS,
    PART_WEIGHTS,
    SameGarment,
    SeenAgain,
    fit_look_head,
    views_of_one,
)
from lookalike.vision.look import PARTS, POOLED_DIM, LookHead, Rows, unit_rows

GARMENTS = 60
NUISANCE = 8
"""Directions of the pooled features that change from photo to photo of one garment."""


def garments(seed: int) -> torch.Tensor:
    """(60, 912): what is particular to each garment, the same in each of its photos."""
    return torch.randn(GARMENTS, sum(PARTS), generator=torch.Generator().manual_seed(seed))


def photographed(described: torch.Tensor, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    photo = described.clone()
    photo[:, :NUISANCE] += 40.0 * torch.randn(len(photo), NUISANCE, generator=generator)
    return photo


def found(head: LookHead, asked: torch.Tensor, shown: torch.Tensor) -> float:
    """Share of the garments whose other photo is the nearest."""
    looks = [head(*split(photos)) for photos in (asked, shown)]
    nearest = (looks[0] @ looks[1].T).argmax(axis=1)
    return float((nearest == np.arange(len(asked))).mean())


def split(described: torch.Tensor) -> tuple[Rows, Rows]:
    """Pooled features and colours of descriptions."""
    rows = described.numpy()
    return rows[:, :POOLED_DIM], rows[:, POOLED_DIM:]


def test_what_differs_between_photos_of_one_garment_counts_little() -> None:
    fitted_on, others = garments(0) * 0.3, garments(1) * 0.3
    one, other = photographed(fitted_on, 2), photographed(fitted_on, 3)
    plain = fit_look_head(one, [])
    taught = fit_look_head(one, [SameGarment(one, other, 1.0)])
    asked, shown = photographed(others, 4), photographed(others, 5)
    assert found(taught, asked, shown) > found(plain, asked, shown) + 0.1


def test_without_pairs_the_cosine_is_that_of_the_weighted_parts() -> None:
    described = garments(0)
    head = fit_look_head(described, [])
    looks, parts = head(*split(described)), head.parts(*split(described))
    expected = unit_rows(parts * np.repeat(np.array(PART_WEIGHTS, np.float32), PARTS))
    assert looks @ looks.T == pytest.approx(expected @ expected.T, abs=1e-3)


def test_the_same_rows_give_the_same_head() -> None:
    described = garments(0)
    groups = [SameGarment(described, photographed(described, 1), 1.0)]
    once, again = (fit_look_head(described, groups) for _ in range(2))
    assert np.array_equal(once.axes, again.axes)
    assert once.axes.shape == (sum(PARTS), 512)


def test_a_head_is_fitted_to_pairs_of_kept_garments_alone() -> None:
    plain = garments(0)
    seen = SeenAgain(
        plain,
        photographed(plain, 1),
        photographed(plain, 2),
        further=np.array([1, 3, 5]),
        main=np.array([0, 2, 4]),
    )
    kept = np.ones(GARMENTS, bool)
    kept[[0, 3]] = False
    changed, close_up, views = seen.pairs(kept)
    assert torch.equal(changed.one, plain[torch.from_numpy(kept)])
    assert torch.equal(close_up.other, seen.close_up[torch.from_numpy(kept)])
    assert torch.equal(views.one, plain[[5]])
    assert torch.equal(views.other, plain[[4]])


def test_without_further_views_other_light_and_close_ups_remain() -> None:
    plain = garments(0)
    none = np.zeros(0, np.int64)
    seen = SeenAgain(plain, photographed(plain, 1), photographed(plain, 2), none, none)
    assert len(seen.pairs(np.ones(GARMENTS, bool))) == 2


def test_each_further_view_is_paired_with_its_product_alone() -> None:
    rng = np.random.default_rng(0)
    instances, main = rng.integers(0, 40, 200), rng.random(200) < 0.4
    same = (instances[:, None] == instances[None, :]) & ~main[:, None] & main[None, :]
    assert max(same.sum(axis=1)) <= MOST_MAIN_VIEWS
    for found, expected in zip(views_of_one(instances, main), np.nonzero(same), strict=True):
        assert np.array_equal(found, expected)


def test_a_product_that_is_listed_again_and_again_makes_few_pairs() -> None:
    instances, main = np.zeros(3000, np.int64), np.arange(3000) % 2 == 0
    further, mains = views_of_one(instances, main)
    assert len(further) == len(mains) == 1500 * MOST_MAIN_VIEWS
    assert all(part.shape == (0,) for part in views_of_one(instances, np.ones(3000, bool)))


def test_the_head_is_fitted_on_second_views_first() -> None:
    instances = np.concatenate([np.repeat(np.arange(200), 2), np.arange(200, 3000)])
    rows = np.arange(100, len(instances))
    found = look_rows(instances, rows)
    assert len(found) == 1000
    assert set(range(100, 400)) <= set(found)


def test_of_many_second_views_whole_products_are_drawn() -> None:
    instances = np.repeat(np.arange(5000), 2)
    found = look_rows(instances, np.arange(len(instances)))
    assert len(found) == 3000
    assert (np.unique(instances[found], return_counts=True)[1] == 2).all()
    assert len(np.unique(instances[found] // 1000)) == 5
