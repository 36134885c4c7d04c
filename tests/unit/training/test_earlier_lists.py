"""A list of samples takes over what earlier ones have made."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.training.cutout_cache import CutoutCache
from lookalike.training.dataset import load_samples, shop_samples
from lookalike.training.earlier_lists import LISTS_KEPT
from lookalike.training.sample import Sample
from lookalike.training.splits import Split
from lookalike.training.teacher_cache import TeacherCache
from lookalike.vision.crop import CropBoxPx
from tests.unit.training.conftest import MeanColourTeacher
from tests.unit.training.pictures import Counted, write_clothing


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    write_clothing(tmp_path / "clothing", senders=3)
    return load_samples(tmp_path)


def filled(folder: Path, samples: list[Sample], segmenter: str = "s") -> tuple[CutoutCache, int]:
    """A cache that is filled, and how many pictures were cut out for it."""
    cache, counted = CutoutCache(folder, samples, segmenter), Counted()
    cache.fill(counted)
    return cache, counted.calls


def test_one_picture_more_is_the_only_one_that_is_cut_out(
    tmp_path: Path, samples: list[Sample]
) -> None:
    few, _ = filled(tmp_path / "cache", samples[1:])
    TeacherCache(few).fill(MeanColourTeacher())
    all_of_them, cut_out = filled(tmp_path / "cache", samples)
    assert cut_out == 1
    assert all_of_them.complete()
    assert (all_of_them.cutout[1:] == few.cutout).all()
    assert (all_of_them.plain[1:] == few.plain).all()
    teacher = TeacherCache(all_of_them)
    trained = [row for row, s in enumerate(samples) if s.split is Split.TRAIN and row]
    assert set(np.flatnonzero(teacher.filled())) == set(trained)
    anew_cache, _ = filled(tmp_path / "other", samples)
    anew = TeacherCache(anew_cache)
    anew.fill(MeanColourTeacher())
    assert (teacher.cutout[trained] == anew.cutout[trained]).all()
    assert (teacher.plain[trained] == anew.plain[trained]).all()
    assert (teacher.colours[trained] == anew.colours[trained]).all()


def products(folder: Path, pictures: dict[str, str]) -> list[Sample]:
    """A shop's samples, pictures in their category; those whose name has no `!` are there."""
    folder.mkdir(exist_ok=True)
    rows = []
    for at, (path, category) in enumerate(pictures.items()):
        rows.append(f"S{at}-x,{category},{path.removesuffix('!')}\n")
        if not path.endswith("!"):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 40), (9 * at, 99, 0)).save(folder / path)
    table = "article_id,category,image_path\n" + "".join(rows)
    (folder / "products.csv").write_text(table, encoding="utf-8")
    return shop_samples(folder)


@pytest.mark.parametrize("layout", ["images/{}.jpg", "images/{}/1.jpg", "{}/a.png", "{}.png"])
def test_one_product_more_is_the_only_one_that_is_cut_out(tmp_path: Path, layout: str) -> None:
    shop = {layout.format(at): "dress" for at in range(8)}
    filled(tmp_path / "cache", products(tmp_path / "shop", shop))
    more = products(tmp_path / "shop", shop | {layout.format(8): "hat"})
    assert filled(tmp_path / "cache", more)[1] == 1


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("images/1/1.jpg", "images/2/1.jpg"),
        ("images/1.jpg", "images/1.png"),
        ("images/1.jpg", "1.jpg"),
    ],
)
def test_a_missing_picture_is_not_taken_for_one_of_a_like_name(
    tmp_path: Path, there: str, missing: str
) -> None:
    filled(tmp_path / "cache", products(tmp_path / "shop", {there: "dress"}))
    more = products(tmp_path / "shop", {there: "dress", f"{missing}!": "hat"})
    cache, _ = filled(tmp_path / "cache", more)
    assert cache.ready().tolist() == [0]
    (problem,) = cache.problems
    assert missing in problem


def test_two_rows_of_one_picture_are_taken_over_both(tmp_path: Path) -> None:
    shop = {"a.jpg": "dress", "./a.jpg": "dress"}
    filled(tmp_path / "cache", products(tmp_path / "shop", shop))
    more = products(tmp_path / "shop", shop | {"b.jpg": "dress"})
    assert filled(tmp_path / "cache", more)[1] == 1


def test_another_order_of_the_samples_keeps_each_its_picture(
    tmp_path: Path, samples: list[Sample]
) -> None:
    first, _ = filled(tmp_path / "cache", samples)
    turned, cut_out = filled(tmp_path / "cache", samples[::-1])
    assert cut_out == 0
    assert (turned.cutout[::-1] == first.cutout).all()


def test_another_box_is_another_picture(tmp_path: Path, samples: list[Sample]) -> None:
    filled(tmp_path / "cache", samples)
    moved = [replace(samples[0], box=CropBoxPx(10, 10, 40, 40)), *samples[1:]]
    assert filled(tmp_path / "cache", moved)[1] == 1


def test_what_another_segmenter_cut_out_is_not_taken(tmp_path: Path, samples: list[Sample]) -> None:
    filled(tmp_path / "cache", samples)
    assert filled(tmp_path / "cache", samples[1:], "other")[1] == len(samples) - 1


def test_a_picture_that_is_another_one_by_now_is_cut_out_anew(
    tmp_path: Path, samples: list[Sample]
) -> None:
    filled(tmp_path / "cache", samples)
    Image.new("RGB", (96, 128), "white").save(samples[2].path)
    later, cut_out = filled(tmp_path / "cache", samples[1:])
    assert cut_out == 1
    assert (later.cutout[1] == 255).all()


def test_no_more_is_taken_than_was_asked_for(tmp_path: Path, samples: list[Sample]) -> None:
    filled(tmp_path / "cache", samples)
    few = CutoutCache(tmp_path / "cache", samples[::-1], "s", at_most=3)
    assert np.count_nonzero(few.content) == 3
    assert few.complete()


@pytest.mark.parametrize("torn", ["cutout.u8", "content.u64", "samples.json"])
def test_a_torn_list_is_passed_over(tmp_path: Path, samples: list[Sample], torn: str) -> None:
    first, _ = filled(tmp_path / "cache", samples)
    whole = (first.folder / torn).read_bytes()
    (first.folder / torn).write_bytes(whole[: len(whole) // 2])
    later, cut_out = filled(tmp_path / "cache", samples[1:])
    assert cut_out == len(samples) - 1
    assert later.complete()


def test_lists_not_asked_for_the_longest_give_their_room_back(
    tmp_path: Path, samples: list[Sample]
) -> None:
    folders = []
    for left_out in range(LISTS_KEPT):
        folders.append(CutoutCache(tmp_path / "cache", samples[left_out:], "s").folder)
        os.utime(folders[-1] / "samples.json", (1000.0 + left_out, 1000.0 + left_out))
    again = CutoutCache(tmp_path / "cache", samples, "s").folder
    latest = CutoutCache(tmp_path / "cache", samples[LISTS_KEPT:], "s").folder
    assert sorted((tmp_path / "cache").iterdir()) == sorted([again, *folders[2:], latest])
