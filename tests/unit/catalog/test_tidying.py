"""Tidying deletes what nobody needs: no shard misses a change, no product its picture."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from catalog.images import ImageFolder
from catalog.records import ActiveModel, ChangeKind, FeatureRow
from catalog.store import CatalogStore, open_store
from catalog.tidying import KEPT_CHANGES, UNUSED_S, tidy_log, tidy_pictures
from cli.catalog import app
from lookalike.contract.errors import BadRequestError
from tests.unit.catalog.making import MODEL, PICTURE, picture, product, unit_features


@pytest.fixture
def images(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "images")


def lively(store: CatalogStore) -> None:
    """Products that come, change, go and come back, and a switch between."""
    for price in (1000, 900, 800):
        store.put_products([product(i, price_minor=price) for i in "abcd"])
        store.put_features(MODEL, [FeatureRow(i, PICTURE, unit_features(price)) for i in "abcd"])
    store.delete_product("b")
    store.delete_product("c")
    store.switch_model(ActiveModel("a", "weights-of-a-product-s-name"), leave_out=True)
    store.put_products([product("c", price_minor=700)])
    store.put_features(MODEL, [FeatureRow("c", PICTURE, unit_features(700))])


def followed(store: CatalogStore, since: int, held: dict[str, int]) -> dict[str, int]:
    """What a shard has that held `held` at change `since`, read three changes at a time."""
    now = dict(held)
    while True:
        changed = store.shard_changes(since, 0, 1, MODEL, limit=3)
        assert changed.catalog_version >= since
        for gone in changed.gone:
            now.pop(gone, None)
        now |= {p.id: p.price_minor for p in changed.products}
        if changed.catalog_version == store.version():
            return now
        since = changed.catalog_version


def test_a_shard_at_any_change_comes_to_the_same_products(store: CatalogStore) -> None:
    seen: list[tuple[int, dict[str, int]]] = [(0, {})]
    for price in (1000, 900):
        for i in "abcd":
            store.put_products([product(i, price_minor=price)])
            store.put_features(MODEL, [FeatureRow(i, PICTURE, unit_features(price))])
            seen.append((store.version(), followed(store, *seen[-1])))
    lively(store)
    whole = {"a": 800, "c": 700, "d": 800}
    assert all(followed(store, *at) == whole for at in seen)
    assert tidy_log(store, kept=0) > 20
    assert all(followed(store, *at) == whole for at in seen)


def test_the_last_change_of_each_product_stays_its_end_and_a_switch_too(
    store: CatalogStore,
) -> None:
    lively(store)
    before, last = store.changes_since(0), store.version()
    assert tidy_log(store, kept=0, dry_run=True) == len(before) - 5
    assert store.changes_since(0) == before
    assert tidy_log(store, kept=0) == len(before) - 5
    left = {change.product_id: change.kind for change in store.changes_since(0)}
    assert left["b"] is ChangeKind.DELETE
    assert {change.kind for change in store.changes_since(0) if change.product_id == "a"} == {
        ChangeKind.FEATURES,
        ChangeKind.MODEL,
    }
    assert store.version() == last
    assert tidy_log(store, kept=0) == 0


def test_the_latest_changes_stay_whatever_repeats_them(store: CatalogStore) -> None:
    for price in range(10):
        store.put_products([product("a", price_minor=price)])
    assert tidy_log(store) == 0
    assert tidy_log(store, kept=4) == 6
    assert [change.seq for change in store.changes_since(0)] == [7, 8, 9, 10]


def test_numbers_go_on_where_they_were(store: CatalogStore, store_url: str) -> None:
    lively(store)
    for left in "acd":
        store.delete_product(left)
    last = store.version()
    tidy_log(store, kept=0)
    with open_store(store_url) as opened:
        assert opened.version() == last
        opened.put_products([product("new")])
        assert opened.version() == last + 1


def old(images: ImageFolder, shade: int, *, age_s: float = 2 * UNUSED_S) -> str:
    key = images.put(picture(shade))
    then = time.time() - age_s
    os.utime(images.path(key), (then, then))
    return key


def test_pictures_of_no_product_go_and_those_of_products_stay(
    store: CatalogStore, images: ImageFolder
) -> None:
    main, further, nobodys = old(images, 1), old(images, 2), old(images, 3)
    store.put_products([product("a", image_key=main)])
    store.put_pictures("a", [further])
    assert tidy_pictures(store, images, dry_run=True) == 1
    assert images.get(nobodys) is not None
    assert tidy_pictures(store, images) == 1
    assert images.get(nobodys) is None
    assert images.get(main) is not None
    assert images.get(further) is not None


def test_a_picture_waits_a_day_for_its_product(store: CatalogStore, images: ImageFolder) -> None:
    store.put_products([product("a", image_key=old(images, 1))])
    new, put_again, asked_for = images.put(picture(2)), old(images, 3), old(images, 4)
    assert images.put(picture(3)) == put_again
    assert asked_for in images
    assert tidy_pictures(store, images) == 0
    assert all(images.get(key) is not None for key in (new, put_again, asked_for))


def test_a_picture_that_is_put_while_it_is_deleted_is_there(images: ImageFolder) -> None:
    kept, gone = old(images, 1), old(images, 2)
    moment_s = time.time() - UNUSED_S
    assert set(images.unused_since(moment_s)) == {kept, gone}
    images.put(picture(1))
    assert not images.remove_unused(kept, moment_s)
    assert images.get(kept) == picture(1)
    assert images.remove_unused(gone, moment_s)
    assert not images.remove_unused(gone, moment_s)
    assert images.put(picture(2)) == gone
    assert images.get(gone) == picture(2)


def test_what_is_no_picture_of_ours_stays(
    store: CatalogStore, images: ImageFolder, tmp_path: Path
) -> None:
    home = images.path(old(images, 1))
    store.put_products([product("a", image_key=home.name)])
    beside = [home.with_name("notes.txt"), tmp_path / "images" / "00" / f"{'0' * 64}.jpg"]
    for file in beside:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"")
        os.utime(file, (0, 0))
    assert tidy_pictures(store, images) == 0
    assert all(file.exists() for file in beside)


def test_another_catalogues_pictures_are_not_deleted(
    store: CatalogStore, images: ImageFolder
) -> None:
    others = old(images, 1)
    store.put_products([product("a")])
    with pytest.raises(BadRequestError, match="may be another catalogue's"):
        tidy_pictures(store, images)
    assert images.get(others) is not None


def test_the_command_tells_what_goes_and_deletes_it_when_it_is_asked_to(
    images: ImageFolder, tmp_path: Path
) -> None:
    with open_store(f"sqlite:///{tmp_path / 'catalog.sqlite'}") as store:
        store.put_products([product("a", image_key=old(images, 1))])
        for price in range(KEPT_CHANGES // 1000 + 3):
            batch = [product(f"p{n}", image_key=None, price_minor=price) for n in range(1000)]
            store.put_products(batch)
    nobodys = old(images, 2)
    asked = ["tidy", "--data", str(tmp_path)]
    told = CliRunner().invoke(app, [*asked, "--pictures", "--dry-run"])
    assert told.stdout.splitlines() == [
        "3,000 changes that later ones repeat would be deleted",
        "1 pictures of no product would be deleted",
    ]
    assert images.get(nobodys) is not None
    told = CliRunner().invoke(app, asked)
    assert told.stdout.splitlines() == ["3,000 changes that later ones repeat deleted"]
    assert images.get(nobodys) is not None
    told = CliRunner().invoke(app, [*asked, "--pictures"])
    assert told.stdout.splitlines()[1] == "1 pictures of no product deleted"
    assert images.get(nobodys) is None
