"""Another photo of the same garment: what may change, and whether it finds itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.colour_profiles import cmyk_profile
from lookalike.training.picture_tables import Picture, read_pictures
from lookalike.training.robustness import (
    Change,
    changed,
    evaluate_robustness,
    open_with_context,
)
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
    whole = CropBoxPx(0, 0, *photo.size)
    other, _ = changed(photo, whole, alpha, Change.BACKGROUND, np.random.default_rng(1))
    after = np.asarray(other)
    before = np.asarray(photo)
    assert (after[alpha == 255] == before[alpha == 255]).all()
    assert (after[alpha == 0] != before[alpha == 0]).any(axis=1).mean() > 0.9


def test_a_new_crop_is_a_part_of_the_photo_and_new_light_keeps_its_size() -> None:
    photo = painted("navy", round_=False)
    alpha, whole = DarkIsGarment().mask(photo), CropBoxPx(0, 0, *photo.size)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        part, box = changed(photo, whole, alpha, Change.CROP, rng)
        assert box == CropBoxPx(0, 0, *part.size)
        assert 0.79 * 96 <= part.width <= 96
        assert 0.79 * 128 <= part.height <= 128
        lit, _ = changed(photo, whole, alpha, Change.LIGHT, rng)
        assert lit.size == photo.size
        assert (np.asarray(lit) != np.asarray(photo)).any()


def test_a_new_box_is_a_part_of_the_old_one_in_the_same_photo() -> None:
    photo = painted("navy", round_=False)
    alpha, old = DarkIsGarment().mask(photo), CropBoxPx(20, 30, 50, 60)
    for seed in range(20):
        same, new = changed(photo, old, alpha, Change.CROP, np.random.default_rng(seed))
        assert same is photo
        assert old.x <= new.x
        assert old.y <= new.y
        assert new.x + new.width <= old.x + old.width
        assert new.y + new.height <= old.y + old.height
        assert new.width >= 0.79 * 50


class Watched(DarkIsGarment):
    """Remembers what it was asked to cut out."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[int, int], CropBoxPx]] = []

    def cutout(self, image: Image.Image, box: CropBoxPx) -> Cutout:
        self.asked.append((image.size, box))
        return super().cutout(image, box)


def test_a_box_is_cut_out_of_the_changed_photo_with_its_context(tmp_path: Path) -> None:
    painted("navy", round_=False).resize((300, 400)).save(tmp_path / "a.png")
    watched = Watched()
    boxed = Picture(tmp_path / "a.png", (100, 150, 80, 60))
    evaluate_robustness([boxed], watched, MeanColour(), queries=1)
    (_, *changes), own = watched.asked, CropBoxPx(40, 30, 80, 60)
    assert [size for size, _ in changes] == [(160, 120)] * 4  # half of the box on each side
    crop, light, background, both = (box for _, box in changes)
    assert light == background == own
    assert own not in (crop, both)
    watched.asked.clear()
    evaluate_robustness([Picture(tmp_path / "a.png")], watched, MeanColour(), queries=1)
    assert [box for _, box in watched.asked] == [
        CropBoxPx(0, 0, *size) for size, _ in watched.asked
    ]


class NothingStandsOut(DarkIsGarment):
    """Finds a garment in no photo but the crop of one."""

    def mask(self, image: Image.Image) -> Mask:
        return np.full((image.height, image.width), 255 if image.width == 80 else 0, np.uint8)


def test_a_garment_that_its_surroundings_outdo_keeps_its_place(tmp_path: Path) -> None:
    Image.new("RGB", (300, 400), "navy").save(tmp_path / "a.png")
    Image.new("RGB", (300, 400), "firebrick").save(tmp_path / "b.png")
    boxed = [Picture(tmp_path / name, (100, 150, 80, 60)) for name in ("a.png", "b.png")]
    figures = evaluate_robustness(boxed, NothingStandsOut(), MeanColour(), queries=2)
    assert {f.case: f.value for f in figures}["background/recall@1"] == 1.0


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
    crop, box = open_with_context(Picture(printed, (12, 4, 16, 16)))
    assert (crop.mode, crop.size) == ("RGB", (32, 28))
    assert box == CropBoxPx(8, 4, 16, 16)
    assert np.abs(np.asarray(crop, np.int16) - (0, 151, 218)).max() <= 4


def test_a_picture_that_is_listed_twice_finds_itself_in_either_row(tmp_path: Path) -> None:
    shop = write_shop(tmp_path / "shop", styles=3)
    pictures = read_pictures(shop / "products.csv", None, boxes=False).pictures
    twice = [pictures[at] for at in (0, 0, 1, 1, 3, 3, 5, 5)]
    figures = evaluate_robustness(twice, DarkIsGarment(), MeanColour(), queries=8, seed=0)
    assert {f.case: f.value for f in figures}["crop/recall@1"] == 1.0


def test_one_seed_draws_the_same_changes(tmp_path: Path) -> None:
    photo = painted("navy", round_=False)
    alpha, whole = DarkIsGarment().mask(photo), CropBoxPx(0, 0, *photo.size)
    once, again = (
        changed(photo, whole, alpha, Change.ALL, np.random.default_rng(5))[0].tobytes()
        for _ in range(2)
    )
    assert once == again
