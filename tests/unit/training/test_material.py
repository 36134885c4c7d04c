"""What a run looks at where the teacher has not seen everything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from lookalike.contract.taxonomy import CATEGORY_INDEX, Category
from lookalike.training.cutout_cache import CutoutCache
from lookalike.training.dataset import load_samples
from lookalike.training.material import gather_material
from lookalike.training.sample import NO_CLASS
from lookalike.training.splits import Split
from lookalike.training.teacher_cache import TeacherCache
from tests.unit.training.conftest import MeanColourTeacher
from tests.unit.training.pictures import whole_box, write_clothing, write_shop


def test_a_picture_that_the_teacher_has_not_seen_is_trained_by_its_label_alone(
    tmp_path: Path,
) -> None:
    write_shop(tmp_path / "shop", styles=6)
    write_clothing(tmp_path / "clothing", senders=8)
    cache = CutoutCache(tmp_path / "cache", load_samples(tmp_path), "whole-box")
    cache.fill(whole_box)
    teacher = TeacherCache(cache)
    teacher.fill(MeanColourTeacher())
    seen = gather_material(cache, teacher)
    row = int(seen.train_rows[0])
    teacher.content[row] = 0
    material = gather_material(cache, teacher)
    assert np.array_equal(material.train_rows, seen.train_rows)
    assert not material.targets[row].any()
    assert material.targets[seen.train_rows[1:]].any(axis=1).all()
    told = material.tensors(material.train_rows[:1], torch.device("cpu"))
    label = int(material.labels[row])
    assert label in {CATEGORY_INDEX[Category.HAT], CATEGORY_INDEX[Category.SHIRT]}
    assert int(told.wanted[0].argmax()) == label
    assert float(told.wanted[0, label]) > 0.9


def test_of_a_picture_without_a_label_that_the_teacher_has_not_seen_nothing_is_claimed(
    tmp_path: Path,
) -> None:
    write_clothing(tmp_path / "clothing", senders=8)
    samples = load_samples(tmp_path)
    row = next(i for i, sample in enumerate(samples) if sample.split is Split.TRAIN)
    samples[row] = replace(samples[row], class_index=NO_CLASS)
    cache = CutoutCache(tmp_path / "cache", samples, "whole-box")
    cache.fill(whole_box)
    teacher = TeacherCache(cache)
    teacher.fill(MeanColourTeacher())
    teacher.content[row] = 0
    shares = gather_material(cache, teacher).shares[row]
    assert np.allclose(shares, 1.0 / len(shares))
