"""The drawn street photos: loose boxes around looks of the catalogue, under other light."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.demo import StreetPhoto, draw_street_photos
from catalog.demo.listings import design_of
from catalog.demo.studio import studio_photo

COUNT = 4


@pytest.fixture(scope="module")
def photos() -> list[StreetPhoto]:
    return draw_street_photos(seed=7, count=COUNT)


def test_a_seed_draws_the_same_photos_again_and_fewer_are_the_first_of_more(
    photos: list[StreetPhoto],
) -> None:
    again = draw_street_photos(seed=7, count=1)
    assert again[0].image.tobytes() == photos[0].image.tobytes()
    assert (again[0].crop, again[0].listing_ids) == (photos[0].crop, photos[0].listing_ids)


def test_photos_go_through_the_categories(photos: list[StreetPhoto]) -> None:
    assert len({photo.category for photo in photos}) == COUNT


def test_the_look_is_in_the_catalogue(photos: list[StreetPhoto]) -> None:
    for photo in photos:
        number = int(photo.listing_ids[0].rsplit("-", 1)[1]) - 1
        design, nth = design_of(7, photo.category, number)
        assert (design.id, nth) == (photo.look_id, 0)


def test_the_crop_box_lies_inside_the_photo_and_is_not_all_of_it(
    photos: list[StreetPhoto],
) -> None:
    for photo in photos:
        x, y, width, height = photo.crop
        assert photo.image.size == (600, 800)
        assert x >= 0
        assert y >= 0
        assert x + width <= 600
        assert y + height <= 800
        assert 0.08 < width * height / (600 * 800) < 0.95


def test_the_box_holds_the_garment_before_another_background(photos: list[StreetPhoto]) -> None:
    for photo in photos:
        x, y, width, height = photo.crop
        inside = np.asarray(photo.image.crop((x, y, x + width, y + height)), np.float64)
        middle = inside[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8]
        rim = np.concatenate([inside[:6].reshape(-1, 3), inside[-6:].reshape(-1, 3)])
        assert np.abs(np.median(middle, axis=(0, 1)) - np.median(rim, axis=0)).max() > 12


def test_a_street_photo_is_no_studio_photo(photos: list[StreetPhoto]) -> None:
    photo = photos[0]
    design, _ = design_of(7, photo.category, int(photo.listing_ids[0].rsplit("-", 1)[1]) - 1)
    studio = studio_photo(design, np.random.default_rng(1)).resize((300, 300))
    x, y, width, height = photo.crop
    street = photo.image.crop((x, y, x + width, y + height)).resize((300, 300))
    assert np.abs(np.asarray(studio, float) - np.asarray(street, float)).mean() > 25
