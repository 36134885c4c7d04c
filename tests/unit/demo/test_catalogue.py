"""The drawn catalogue: what it holds, that it is the same every time, and how its photos look."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from catalog.demo import DemoListing, draw_catalogue
from catalog.demo.listings import design_of, listing, listings_of
from lookalike.contract.taxonomy import CATEGORIES, Category

PER_CATEGORY = 2


@pytest.fixture(scope="module")
def drawn() -> list[tuple[DemoListing, Image.Image]]:
    return list(draw_catalogue(seed=3, per_category=PER_CATEGORY))


@pytest.fixture(scope="module")
def full_range() -> list[DemoListing]:
    """All 520 listings, without their photos."""
    rows = []
    for category in CATEGORIES:
        for number in range(40):
            design, nth = design_of(7, category, number)
            rows.append(listing(7, design, number, nth))
    return rows


def test_every_category_is_there_as_often_as_asked(
    drawn: list[tuple[DemoListing, Image.Image]],
) -> None:
    by_category = [row.category for row, _ in drawn]
    assert {c: by_category.count(c) for c in CATEGORIES} == dict.fromkeys(CATEGORIES, PER_CATEGORY)
    assert len({row.id for row, _ in drawn}) == len(drawn)


def test_a_seed_draws_the_same_bytes_again_and_a_smaller_catalogue_is_its_beginning(
    drawn: list[tuple[DemoListing, Image.Image]],
) -> None:
    again = list(draw_catalogue(seed=3, per_category=1))
    assert len(again) == len(CATEGORIES)
    for (row, photo), (row_again, photo_again) in zip(drawn, again, strict=False):
        assert row == row_again
        assert photo.tobytes() == photo_again.tobytes()


def test_another_seed_draws_another_catalogue(
    drawn: list[tuple[DemoListing, Image.Image]],
) -> None:
    _, other = next(draw_catalogue(seed=4, per_category=1))
    assert other.tobytes() != drawn[0][1].tobytes()


def test_a_look_listed_twice_is_drawn_twice_for_two_prices_under_two_brands(
    drawn: list[tuple[DemoListing, Image.Image]],
) -> None:
    (one, photo), (other, other_photo) = (drawn[i * len(CATEGORIES)] for i in range(2))
    assert one.look_id == other.look_id
    assert one.price_minor != other.price_minor
    assert one.brand != other.brand
    assert photo.tobytes() != other_photo.tobytes()


def test_every_look_with_several_listings_has_clearly_different_prices_and_brands(
    full_range: list[DemoListing],
) -> None:
    by_look = defaultdict(list)
    for row in full_range:
        by_look[row.look_id].append(row)
    shared = [rows for rows in by_look.values() if len(rows) > 1]
    assert len(shared) == 13 * 15
    for rows in shared:
        prices = sorted(row.price_minor for row in rows)
        assert all(dear >= 1.1 * cheap for cheap, dear in pairwise(prices))
        assert len({row.brand for row in rows}) == len(rows)


def test_prices_end_as_in_a_shop_and_spread(full_range: list[DemoListing]) -> None:
    assert {row.price_minor % 100 for row in full_range} == {95, 99}
    for category in CATEGORIES:
        prices = [row.price_minor for row in full_range if row.category == category]
        assert max(prices) >= 2.5 * min(prices)
        assert min(prices) >= 400


def test_looks_of_a_category_differ_in_colour_fabric_or_cut() -> None:
    for category in CATEGORIES:
        looks = {design_of(7, category, n)[0].id: design_of(7, category, n)[0] for n in range(40)}
        told_apart = {(d.colour, d.fabric, tuple(d.cut.options.values())) for d in looks.values()}
        assert len(told_apart) == len(looks) == 20


def test_listings_of_a_look_are_those_that_the_catalogue_gives_it(
    full_range: list[DemoListing],
) -> None:
    design, _ = design_of(7, Category.SHIRT, 9)
    expected = tuple(row.id for row in full_range if row.look_id == design.id)
    assert listings_of(7, design) == expected


def test_links_titles_and_attributes_are_filled(full_range: list[DemoListing]) -> None:
    assert len({row.item_url for row in full_range}) == len(full_range)
    for row in full_range:
        assert row.item_url.startswith("https://shop.example/")
        assert row.title == " ".join(row.title.split())
        assert row.attributes["colour"]
        assert row.attributes["fabric"]


def test_a_studio_photo_has_a_garment_in_the_middle_and_light_corners(
    drawn: list[tuple[DemoListing, Image.Image]],
) -> None:
    for _, photo in drawn:
        assert photo.size == (512, 512)
        pixels = np.asarray(photo, np.int32)
        corners = pixels[[4, 4, -4, -4], [4, -4, 4, -4]]
        assert corners.min() > 190
        unlike_ground = np.abs(pixels - pixels[4, 4]).max(axis=2) > 25
        assert 0.06 < unlike_ground.mean() < 0.75
        edge = np.concatenate([unlike_ground[:8].ravel(), unlike_ground[:, :8].ravel()])
        assert not edge.any()
