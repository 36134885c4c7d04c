import resource
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.training.cutout_cache import CutoutCache
from lookalike.training.dataset import load_samples
from lookalike.training.picture_tables import _names_in
from lookalike.training.sample import Sample
from lookalike.training.splits import Split
from lookalike.training.teacher_cache import TeacherCache
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout
from tests.unit.training.conftest import MeanColourTeacher
from tests.unit.training.pictures import Counted, KilledError, whole_box, write_clothing


def samples(folder: Path) -> list[Sample]:
    write_clothing(folder / "clothing", senders=3)
    return load_samples(folder)


def test_filling_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    found = samples(tmp_path)
    with pytest.raises(KilledError):
        CutoutCache(tmp_path / "cache", found, "s").fill(Counted(dies_after=4))
    second = Counted()
    cache = CutoutCache(tmp_path / "cache", found, "s")
    cache.fill(second)
    assert second.calls == len(found) - 4
    assert cache.complete()


def test_part_of_the_pictures_can_be_enough(tmp_path: Path) -> None:
    found = samples(tmp_path)
    three = CutoutCache(tmp_path / "cache", found, "s", at_most=3)
    three.fill(Counted())
    assert three.complete()
    CutoutCache(tmp_path / "cache", found, "s").fill(Counted())
    again = CutoutCache(tmp_path / "cache", found, "s", at_most=3)
    assert again.ready().tolist() == three.ready().tolist()
    assert len(again.ready()) == 3


def test_another_segmenter_has_its_own_files(tmp_path: Path) -> None:
    found = samples(tmp_path)
    CutoutCache(tmp_path / "cache", found, "s").fill(Counted())
    assert not CutoutCache(tmp_path / "cache", found, "other").complete()


def test_pictures_of_another_folder_with_the_same_names_are_cut_out_anew(tmp_path: Path) -> None:
    one, other = samples(tmp_path / "one"), samples(tmp_path / "other")
    assert [sample.key for sample in one] == [sample.key for sample in other]
    Image.new("RGB", (96, 128), "white").save(other[2].path)
    first = CutoutCache(tmp_path / "cache", one, "s")
    first.fill(Counted())
    teacher = TeacherCache(first)
    teacher.fill(MeanColourTeacher())
    trained = {row for row in range(len(one)) if one[row].split is Split.TRAIN}
    assert set(np.flatnonzero(teacher.filled())) == trained
    second, counted = CutoutCache(tmp_path / "cache", other, "s"), Counted()
    second.fill(counted)
    assert counted.calls == 1
    assert (second.cutout[2] == 255).all()
    assert set(np.flatnonzero(TeacherCache(second).filled())) == trained - {2}


def test_what_could_not_be_read_is_told_and_tried_again(tmp_path: Path) -> None:
    found = samples(tmp_path)
    away, broken = found[0].path, found[1].path
    whole = broken.read_bytes()
    broken.write_bytes(b"no picture at all")
    away.rename(tmp_path / "away.jpg")
    cache = CutoutCache(tmp_path / "cache", found, "s")
    cache.fill(Counted())
    assert len(cache.ready()) == len(found) - 2
    assert sorted(told.split(": ")[0] for told in cache.problems) == [str(away), str(broken)]
    broken.write_bytes(whole)
    (tmp_path / "away.jpg").rename(away)
    again, counted = CutoutCache(tmp_path / "cache", found, "s"), Counted()
    again.fill(counted)
    assert counted.calls == 2
    assert again.complete()
    assert not again.problems


def test_a_picture_that_comes_later_leaves_the_others_cut_out(tmp_path: Path) -> None:
    away = samples(tmp_path)[0].path
    away.rename(tmp_path / "away")
    _names_in.cache_clear()
    CutoutCache(tmp_path / "cache", load_samples(tmp_path), "s").fill(Counted())
    (tmp_path / "away").rename(away)
    _names_in.cache_clear()
    again, counted = CutoutCache(tmp_path / "cache", load_samples(tmp_path), "s"), Counted()
    again.fill(counted)
    assert counted.calls == 1
    assert again.complete()


def test_a_picture_that_is_away_later_keeps_its_cutout(tmp_path: Path) -> None:
    found = samples(tmp_path)
    CutoutCache(tmp_path / "cache", found, "s").fill(Counted())
    found[0].path.unlink()
    assert CutoutCache(tmp_path / "cache", found, "s").complete()


def test_boxes_are_clipped_and_those_beside_their_photo_are_left_out(tmp_path: Path) -> None:
    first = samples(tmp_path)[0]
    boxes = {
        "reaches out": CropBoxPx(-5, 90, 40, 50),
        "outside": CropBoxPx(400, 400, 50, 50),
        "a sliver": CropBoxPx(92, 0, 50, 50),
    }
    asked = [replace(first, box=box) for box in boxes.values()]
    seen: list[CropBoxPx] = []

    def cut_out(picture: Image.Image, box: CropBoxPx) -> Cutout:
        seen.append(box)
        return whole_box(picture, box)

    cache = CutoutCache(tmp_path / "cache", asked, "s")
    cache.fill(cut_out)
    assert seen == [CropBoxPx(0, 90, 35, 38)]
    assert cache.ready().tolist() == [0]
    assert sorted(told.split(": ")[1] for told in cache.problems) == [
        "the crop is 4 x 50 px inside the photo; at least 8 x 8 px are needed",
        "the crop lies outside the photo of 96 x 128 px",
    ]


def test_a_picture_of_one_pixel_is_left_out(tmp_path: Path) -> None:
    found = samples(tmp_path)
    Image.new("RGB", (1, 1)).save(found[0].path)
    cache = CutoutCache(tmp_path / "cache", found, "s")
    cache.fill(Counted())
    assert len(cache.ready()) == len(found) - 1


def test_room_on_the_disk_is_taken_before_anything_is_written(tmp_path: Path) -> None:
    found = samples(tmp_path)
    few = CutoutCache(tmp_path / "few", found, "s", at_most=2).folder / "cutout.u8"
    whole = CutoutCache(tmp_path / "whole", found, "s").folder / "cutout.u8"
    picture = 224 * 224 * 3
    assert whole.stat().st_blocks * 512 >= len(found) * picture
    assert 2 * picture <= few.stat().st_blocks * 512 < 4 * picture


def test_too_little_room_is_one_sentence(tmp_path: Path) -> None:
    found = samples(tmp_path)
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match=r"903,168 bytes are needed: .*plain\.u8"):
            CutoutCache(tmp_path / "cache", found, "s")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
