"""CLIP as the frozen teacher: what it sees, and where its features are kept."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np

from catalog.demo import draw_catalogue
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.training.clip_teacher import CLIP, ClipTeacher, clip_weights
from lookalike.training.cutout_cache import CutoutCache, Pictures, stack
from lookalike.training.dataset import load_samples
from lookalike.training.material import gather_material
from lookalike.training.teacher import Rows
from lookalike.training.teacher_cache import TeacherCache
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.look import unit_rows
from tests.unit.training.pictures import whole_box, write_clothing


def test_drawings_of_one_category_are_nearer_than_of_others() -> None:
    drawn = list(islice(draw_catalogue(7, 2), 2 * len(CATEGORIES)))
    pictures = stack([whole_box(picture, CropBoxPx(0, 0, *picture.size)) for _, picture in drawn])
    features = ClipTeacher(clip_weights(), threads=2).features(pictures)
    assert features.shape == (len(drawn), CLIP.dim)
    assert features.dtype == np.float32
    features = unit_rows(features - features.mean(axis=0))
    cosines = features @ features.T - 2.0 * np.eye(len(drawn), dtype=np.float32)
    of = [listing.category for listing, _ in drawn]
    right = [of[row] is of[nearest] for row, nearest in enumerate(cosines.argmax(axis=1))]
    assert sum(right) >= len(CATEGORIES), right


class Grid:
    """Looks at a coarse grid of colours, and notes how many pictures it was shown."""

    shown = 0

    def features(self, pictures: Pictures) -> Rows:
        self.shown += len(pictures)
        coarse = pictures.reshape(len(pictures), 8, 28, 8, 28, 3).mean(axis=(2, 4, 5))
        rows = np.zeros((len(pictures), CLIP.dim), np.float32)
        rows[:, :64] = coarse.reshape(len(pictures), -1)
        return rows


def test_it_is_shown_the_background_of_every_picture_and_kept_beside_the_other_teacher(
    tmp_path: Path,
) -> None:
    write_clothing(tmp_path / "clothing", senders=8)
    cache = CutoutCache(tmp_path / "cache", load_samples(tmp_path), "whole-box")
    cache.fill(whole_box)
    grid, teacher = Grid(), TeacherCache(cache, CLIP)
    assert not teacher.complete()
    teacher.fill(grid)
    assert TeacherCache(cache, CLIP).complete()
    assert not TeacherCache(cache).complete()
    trained = int(teacher.filled().sum())
    assert grid.shown == 2 * trained > 0
    material = gather_material(cache, teacher)
    assert np.allclose(
        np.linalg.norm(material.targets[material.train_rows], axis=1), 1.0, atol=1e-5
    )
