"""Another photo of the same garment: what may change, and whether it finds itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.colour_profiles import cmyk_profile
from lookalike.training.evaluate import open_crop
from lookalike.training.picture_tables import Picture, read_pictures
from lookalike.training.robustness import Change, changed, evaluate_robustness
from lookalike.vision.crop import CropBoxPx
from lookalike.vision.cutout import Cutout, Cutouts, Mask
from lookalike.vision.encode import EncodedBatch
from tests.unit.training.pictures import painted, whole_box, write_shop


class DarkIsGarment:
    """Takes what is darker than the painted background for the garment."""

    def mask(self, image: Image.Image) -> Mask:
        return np.asarray(np.where(np.asarray(image.convert("L")) < 150, 255, 0), np.uint8)

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        return whole_box(image, box)


class MeanColour:
    """Features are the mean colour of the picture's middle."""

    def encode(self, cutouts: Cutouts, framed: Cutouts | None = None) -> EncodedBatch:
        middle = cutouts[:, 90:134, 90:134].reshape(len(cutouts), -1, 3).mean(axis=1) - 128.0
        features = np.zeros((len(cutouts), 512), np.float32)
        features[:, :3] = middle / np.linalg.norm(middle, axis=1, keepdims=True)
        return EncodedBatch(features, np.full((len(cutouts), 13), 1 / 13, np.float32))


def test_a_new_background_leaves_the_garment_as_it_is() -> None:
    photo = painted("navy", round_=False)
    alpha = DarkIsGarment().mask(photo)
    other = np.asarray(changed(photo, alpha, Change.BACKGROUND, np.random.default_rng(1)))
    before = np.asarray(photo)
    assert (other[alpha == 255] == before[alpha == 255]).all()
    assert (other[alpha == 0] != before[alpha == 0]).any(axis=1).mean() > 0.9


def test_a_new_crop_is_a_part_of_the_photo_and_new_light_keeps_its_size() -> None:
    photo = painted("navy", round_=False)
    alpha = DarkIsGarment().mask(photo)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        width, height = changed(photo, alpha, Change.CROP, rng).size
        assert 0.79 * 96 <= width <= 96
        assert 0.79 * 128 <= height <= 128
        lit = changed(photo, alpha, Change.LIGHT, rng)
        assert lit.size == photo.size
        assert (np.asarray(lit) != np.asarray(photo)).any()


def test_every_change_is_measured_among_all_pictures(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", styles=3)
    pictures = read_pictures(shop / "products.csv", None, boxes=False).pictures
    distinct = [pictures[at] for at in (0, 1, 3, 5)]
    figures = evaluate_robustness(distinct, DarkIsGarment(), MeanColour(), queries=3, seed=0)
    assert [f.case for f in figures] == [f"{change}/recall@1" for change in Change]
    assert all(f.n == 3 for f in figures)
    named = {f.case: f.value for f in figures}
    assert named["crop/recall@1"] == named["background/recall@1"] == 1.0


def test_what_is_changed_is_in_srgb_whatever_the_photos_profile(tmp_path: Path) -> None:
    printed = tmp_path / "cyan.jpg"
    inks = Image.new("CMYK", (40, 40), (255, 0, 0, 0))
    inks.save(printed, quality=100, icc_profile=cmyk_profile())
    crop = open_crop(Picture(printed, (8, 8, 16, 16)))
    assert (crop.mode, crop.size) == ("RGB", (16, 16))
    assert np.abs(np.asarray(crop, np.int16) - (0, 151, 218)).max() <= 4


def test_a_picture_that_is_listed_twice_finds_itself_in_either_row(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", styles=3)
    pictures = read_pictures(shop / "products.csv", None, boxes=False).pictures
    twice = [pictures[at] for at in (0, 0, 1, 1, 3, 3, 5, 5)]
    figures = evaluate_robustness(twice, DarkIsGarment(), MeanColour(), queries=8, seed=0)
    assert {f.case: f.value for f in figures}["crop/recall@1"] == 1.0


def test_one_seed_draws_the_same_changes(tmp_path: Path) -> None:
    photo = painted("navy", round_=False)
    alpha = DarkIsGarment().mask(photo)
    once, again = (
        changed(photo, alpha, Change.ALL, np.random.default_rng(5)).tobytes() for _ in range(2)
    )
    assert once == again
