"""A frozen teacher that looks at the views that the student sees."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from cli.training_run import looking
from lookalike.training import openvino_teacher
from lookalike.training.clip_teacher import CLIP
from lookalike.training.cutout_cache import CutoutCache, Pictures
from lookalike.training.dataset import load_samples
from lookalike.training.frozen_views import FrozenViews
from lookalike.training.linear_classifier import fit_linear_classifier
from lookalike.training.material import gather_material
from lookalike.training.panel import SHARP_TOGETHER
from lookalike.training.teacher import LITE2, Rows, TeacherKind
from lookalike.training.teacher_cache import TeacherCache
from lookalike.training.train_settings import TrainSettings
from lookalike.training.tuned_teacher import Sight, TunedTeacher
from lookalike.vision.imagenet import IMAGENET_MEAN, IMAGENET_STD
from tests.unit.training.pictures import whole_box, write_clothing


class Grid:
    """Sees a coarse grid of colours, in as many numbers as it is to have."""

    def __init__(self, dim: int) -> None:
        self._dim = dim
        self.shown: list[Pictures] = []

    def features(self, pictures: Pictures) -> Rows:
        self.shown.append(pictures)
        coarse = pictures.reshape(len(pictures), 8, 28, 8, 28, 3).mean(axis=(2, 4))
        rows = np.zeros((len(pictures), self._dim), np.float32)
        rows[:, :192] = coarse.reshape(len(pictures), -1) / 255.0
        return rows


def as_views(pictures: Pictures) -> torch.Tensor:
    """(B, 224, 224, 3) uint8 as the student sees them: (B, 3, 224, 224), normalised."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255.0
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (IMAGENET_MEAN, IMAGENET_STD))
    return (pixels - mean) / std


def test_an_unchanged_view_is_judged_as_the_picture_is() -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (24, 224, 224, 3), np.uint8)
    grid, labels = Grid(192), rng.integers(0, 3, 24)
    classifier = fit_linear_classifier(grid.features(pictures), labels, 3, 1e-2)
    found = FrozenViews(grid, classifier)(as_views(pictures))
    assert np.array_equal(grid.shown[-1], pictures)
    assert torch.equal(found, classifier.logits(grid.features(pictures)))
    assert (found.argmax(dim=1).numpy() == labels).all()
    small = torch.nn.functional.avg_pool2d(as_views(pictures), 2)
    assert FrozenViews(grid, classifier)(small).shape == (24, 3)
    assert grid.shown[-1].shape == pictures.shape


@pytest.mark.parametrize(("kind", "forms"), [(LITE2, 1), (CLIP, 2)])
def test_its_classifier_is_fitted_to_what_it_has_seen_where_it_is_wanted(
    tmp_path: Path, kind: TeacherKind, forms: int
) -> None:
    write_clothing(tmp_path / "clothing", senders=12)
    cache = CutoutCache(tmp_path / "cache", load_samples(tmp_path), "whole-box")
    cache.fill(whole_box)
    grid, teacher = Grid(kind.dim), TeacherCache(cache, kind)
    teacher.fill(grid)
    assert gather_material(cache, teacher).classifier is None
    material = gather_material(cache, teacher, frozen_views=True)
    assert material.classifier is not None
    rows = material.train_rows
    labels = material.labels[rows]
    views = FrozenViews(grid, material.classifier)
    for pictures in (material.cutout, material.plain)[:forms]:
        judged = views(as_views(np.asarray(pictures[rows]))).argmax(dim=1).numpy()
        assert (judged == labels).mean() > 0.9


class Sure:
    """A tuned teacher that sees the same in every picture."""

    def look(self, pixels: torch.Tensor) -> Sight:
        ones = torch.ones(len(pixels), 4)
        return Sight.of(ones, torch.tensor([[2.0, 0.0]]).expand(len(pixels), -1), ones[..., None])


def test_what_it_says_counts_as_much_as_the_tuned_teacher(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openvino_teacher, "quickest", lambda teacher, device: teacher)
    teacher = cast(TunedTeacher, Sure())
    settings = TrainSettings(device="cpu")

    def frozen(pixels: torch.Tensor) -> torch.Tensor:
        return torch.tensor([[0.0, 4.0]]).expand(len(pixels), -1)

    pixels = torch.zeros(3, 3, 32, 32)
    alone = looking(teacher, settings).look(pixels)
    both = looking(teacher, settings, frozen).look(pixels)
    assert torch.allclose(alone.shares[0], torch.tensor([2.0, 0.0]).softmax(0))
    wanted = (SHARP_TOGETHER * torch.tensor([1.0, 2.0])).softmax(0)
    assert torch.allclose(both.shares, wanted.expand(3, -1))
    assert torch.equal(both.features, alone.features)
