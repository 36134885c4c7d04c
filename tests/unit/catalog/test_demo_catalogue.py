"""The demo catalogue is drawn once, whole, and goes on where it was cut off."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from catalog.demo import draw_catalogue
from catalog.demo_catalogue import (
    STREET_INDEX,
    DemoCounts,
    build_demo,
    build_street,
    holds_demo_alone,
    remove_demo,
    remove_street,
)
from catalog.images import ImageFolder
from catalog.records import ChangeKind
from catalog.store import CatalogStore
from catalog.street_queries import street_queries
from lookalike.contract.taxonomy import CATEGORIES
from tests.unit.catalog.making import product


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """SQLite alone: drawing takes seconds, and says nothing new about a database."""
    return f"sqlite:///{tmp_path / 'catalog.sqlite'}"


@pytest.fixture
def images(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "images")


def test_every_listing_is_stored_with_the_photo_that_the_demo_draws(
    store: CatalogStore, images: ImageFolder
) -> None:
    assert build_demo(store, images, per_category=1) == DemoCounts(drawn=13, kept=0)
    assert set(store.counts().by_category) == set(CATEGORIES)
    listing, photo = next(draw_catalogue(per_category=1))
    stored = store.get_product(listing.id)
    assert stored is not None
    assert (stored.title, stored.price_minor) == (listing.title, listing.price_minor)
    kept = images.get(stored.image_key or "")
    assert kept is not None
    difference = np.asarray(Image.open(io.BytesIO(kept)), np.int16) - np.asarray(photo, np.int16)
    assert np.abs(difference).mean() < 3


def test_a_run_that_is_cut_off_draws_only_the_rest(
    store: CatalogStore, images: ImageFolder
) -> None:
    def interrupt(done: int, _total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_demo(store, images, interrupt, per_category=2)
    assert store.counts().products == 13
    version = store.version()
    assert build_demo(store, images, per_category=2) == DemoCounts(drawn=13, kept=13)
    assert build_demo(store, images, per_category=2) == DemoCounts(drawn=0, kept=26)
    assert store.version() == version + 13


def test_a_lost_picture_is_drawn_again(store: CatalogStore, images: ImageFolder) -> None:
    build_demo(store, images, per_category=1)
    hat = store.get_product("demo-hat-0001")
    assert hat is not None
    images.path(hat.image_key or "").unlink()
    assert build_demo(store, images, per_category=1) == DemoCounts(drawn=1, kept=12)
    assert images.get(hat.image_key or "") is not None


def test_street_photos_come_with_their_crop_and_right_answers(tmp_path: Path) -> None:
    assert build_street(tmp_path, count=1) == 1
    (street,) = json.loads((tmp_path / STREET_INDEX).read_text())["photos"]
    photo = tmp_path / street["photo"]
    crop = street["crop"]
    with Image.open(photo) as opened:
        assert 0 <= crop["x"] < crop["x"] + crop["width"] <= opened.width
        assert 0 <= crop["y"] < crop["y"] + crop["height"] <= opened.height
    assert street["category"] in CATEGORIES
    assert street["listing_ids"]
    photo.write_bytes(b"kept")
    build_street(tmp_path, count=1)
    assert photo.read_bytes() == b"kept"
    photo.unlink()
    build_street(tmp_path, count=1)
    assert photo.stat().st_size > 10_000


def test_a_broken_street_index_is_drawn_anew(tmp_path: Path) -> None:
    (tmp_path / STREET_INDEX).write_text("{")
    assert build_street(tmp_path, count=0) == 0
    assert json.loads((tmp_path / STREET_INDEX).read_text())["photos"] == []


def test_the_demo_alone_is_taken_out_and_those_who_follow_are_told(
    store: CatalogStore, images: ImageFolder
) -> None:
    build_demo(store, images, per_category=1)
    own = product("demo-1", item_url="https://myshop.example/p/demo-1")
    store.put_products([own])
    seen = store.version()
    assert not holds_demo_alone(store)
    assert remove_demo(store) == 13
    assert store.get_product(own.id) == own
    assert store.counts().products == 1
    told = store.changes_since(seen)
    assert {change.kind for change in told} == {ChangeKind.DELETE}
    assert len({change.product_id for change in told}) == 13
    assert remove_demo(store) == 0


def test_the_street_photos_go_and_what_else_lies_there_stays(tmp_path: Path) -> None:
    build_street(tmp_path, count=1)
    own = tmp_path / "own.jpg"
    own.write_bytes(b"own")
    assert remove_street(tmp_path) == 1
    assert list(tmp_path.iterdir()) == [own]
    assert street_queries(tmp_path) == []
    assert remove_street(tmp_path) == 0
