"""A small material that training's tests share."""

from __future__ import annotations

import numpy as np
import pytest

from lookalike.training.cutout_cache import CutoutCache, Pictures
from lookalike.training.dataset import load_samples
from lookalike.training.material import Material, gather_material
from lookalike.training.teacher import Rows
from lookalike.training.teacher_cache import TeacherCache
from tests.unit.training.pictures import whole_box, write_clothing, write_shop


class MeanColourTeacher:
    """Looks at a coarse grid of mean colours: enough of a geometry to imitate."""

    def features(self, pictures: Pictures) -> Rows:
        coarse = pictures.reshape(len(pictures), 16, 14, 16, 14, 3).mean(axis=(2, 4))
        rows = np.zeros((len(pictures), 1280), np.float32)
        rows[:, : 16 * 16 * 3] = coarse.reshape(len(pictures), -1) / 255.0
        return rows


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    data = tmp_path_factory.mktemp("data")
    write_clothing(data / "clothing", senders=12)
    write_shop(data / "shop", styles=14)
    (data / "clothing" / "images" / "p0-0.jpg").write_bytes(b"no picture at all")
    cache = CutoutCache(data / "cache", load_samples(data), "whole-box")
    cache.fill(whole_box)
    assert ["p0-0.jpg" in told for told in cache.problems] == [True]
    teacher = TeacherCache(cache)
    teacher.fill(MeanColourTeacher())
    return gather_material(cache, teacher)
