"""Cutouts are made once, whatever is measured on them afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.training.remembered import RememberedCutouts
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout, Mask
from tests.unit.training.pictures import painted, whole_box

BOX = CropBoxPx(0, 0, 96, 128)


class Counting:
    """A segmenter that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        self.asked += 1
        return whole_box(image, box)

    def mask(self, image: Image.Image) -> Mask:
        self.asked += 1
        return np.asarray(image.convert("L"))


def test_a_picture_is_cut_out_once_and_comes_back_as_it_was(tmp_path: Path) -> None:
    photo, segmenter = painted("navy", round_=True), Counting()
    first = RememberedCutouts(segmenter, tmp_path)
    kept = [first.cutout(photo, BOX), first.mask(photo)]
    second = RememberedCutouts(segmenter, tmp_path)
    assert np.array_equal(second.cutout(photo, BOX), whole_box(photo, BOX))
    assert np.array_equal(second.mask(photo), kept[1])
    assert segmenter.asked == 2


def test_another_box_or_picture_is_another_cutout(tmp_path: Path) -> None:
    segmenter = Counting()
    remembered = RememberedCutouts(segmenter, tmp_path)
    remembered.cutout(painted("navy", round_=True), BOX)
    remembered.cutout(painted("navy", round_=True), CropBoxPx(0, 0, 50, 50))
    remembered.cutout(painted("purple", round_=True), BOX)
    assert segmenter.asked == 3
