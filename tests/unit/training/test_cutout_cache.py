from pathlib import Path

import pytest
from PIL import Image

from lookalike.training.cutout_cache import CutoutCache, inside
from lookalike.training.dataset import load_samples
from lookalike.training.sample import Sample
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout
from tests.unit.training.pictures import whole_box, write_clothing


class KilledError(Exception):
    """Stands for a process that is killed."""


class Counted:
    """A segmenter that counts its calls, and dies after some."""

    def __init__(self, dies_after: int = 10**9) -> None:
        self.calls = 0
        self._dies_after = dies_after

    def __call__(self, picture: Image.Image, box: CropBoxPx) -> Cutout:
        if self.calls == self._dies_after:
            raise KilledError
        self.calls += 1
        return whole_box(picture, box)


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
    cache = CutoutCache(tmp_path / "cache", samples(tmp_path), "s")
    cache.fill(Counted(), at_most=3)
    cache.fill(Counted(), at_most=4)
    assert len(cache.ready()) == 4


def test_another_segmenter_has_its_own_files(tmp_path: Path) -> None:
    found = samples(tmp_path)
    CutoutCache(tmp_path / "cache", found, "s").fill(Counted())
    assert not CutoutCache(tmp_path / "cache", found, "other").complete()


def test_a_box_is_clipped_to_the_picture() -> None:
    assert inside(CropBoxPx(-5, 90, 20, 50), (100, 100)) == CropBoxPx(0, 90, 15, 10)
    assert inside(None, (30, 40)) == CropBoxPx(0, 0, 30, 40)
