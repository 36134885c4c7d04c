"""One product at a time: put and removed while others read the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from catalog.database import open_engine, reached, write_transaction
from catalog.records import ChangeKind, FeatureRow
from catalog.store import CatalogStore, open_store
from lookalike.contract.errors import BadRequestError, UnavailableError
from lookalike.products import Product
from lookalike.sharding import shard_of
from tests.unit.catalog.making import MODEL, product, products, unit_features

OTHER_PICTURE = "b" * 64 + ".jpg"


def features_of(item: Product, seed: int = 0) -> FeatureRow:
    return FeatureRow(item.id, item.image_key or "", unit_features(seed))


def put(store: CatalogStore, item: Product, seed: int = 0) -> int | None:
    return store.replace_product(item, MODEL, features_of(item, seed), keeps_image=False)


def test_a_product_and_its_features_are_one_change_to_readers(store: CatalogStore) -> None:
    assert put(store, product("a")) == store.version()
    part = store.read_shard(0, 1, MODEL)
    assert list(part.products) == [product("a")]
    stored = store.get_features("a", MODEL)
    assert stored is not None
    np.testing.assert_array_equal(stored, unit_features(0).astype(np.float16))
    logged = [(c.product_id, c.kind) for c in store.changes_since(0)]
    assert logged == [("a", ChangeKind.PUT), ("a", ChangeKind.FEATURES)]


def test_the_same_put_again_changes_nothing(store: CatalogStore) -> None:
    version = put(store, product("a"))
    assert put(store, product("a"), seed=1) == version == store.version()
    stored = store.get_features("a", MODEL)
    assert stored is not None
    np.testing.assert_array_equal(stored, unit_features(0).astype(np.float16))


def test_a_new_price_needs_no_features(store: CatalogStore) -> None:
    put(store, product("a"))
    cheaper = product("a", price_minor=5)
    assert store.replace_product(cheaper, MODEL, None, keeps_image=True) == 3
    assert list(store.read_shard(0, 1, MODEL).products) == [cheaper]


def test_a_writer_whose_picture_was_replaced_meanwhile_must_look_again(
    store: CatalogStore,
) -> None:
    put(store, product("a"))
    retaken = product("a", image_key=OTHER_PICTURE)
    put(store, retaken, seed=1)
    stale = product("a", price_minor=5)
    assert store.replace_product(stale, MODEL, features_of(stale), keeps_image=True) is None
    assert store.get_product("a") == retaken


def test_a_writer_that_keeps_the_picture_does_not_bring_a_deleted_product_back(
    store: CatalogStore,
) -> None:
    put(store, product("a"))
    store.delete_product("a")
    assert store.replace_product(product("a"), MODEL, None, keeps_image=True) is None
    assert store.get_product("a") is None


def test_without_features_of_its_picture_a_product_is_not_put(store: CatalogStore) -> None:
    store.put_products([product("a")])
    assert store.replace_product(product("a", price_minor=5), MODEL, None, keeps_image=True) is None
    assert store.version() == 1


def test_features_that_are_none_leave_the_product_as_it_was(store: CatalogStore) -> None:
    row = FeatureRow("a", product().image_key or "", np.full(512, np.nan))
    with pytest.raises(BadRequestError, match="features of a"):
        store.replace_product(product("a"), MODEL, row, keeps_image=False)
    assert store.get_product("a") is None


def test_deleting_tells_the_changes_number(store: CatalogStore) -> None:
    put(store, product("a"))
    assert store.delete_product("a") == 3
    assert store.delete_product("a") is None


def test_a_shard_reads_what_became_of_its_products(store: CatalogStore) -> None:
    for item in products(12):
        put(store, item)
    since = store.version()
    store.put_products([product("p3", price_minor=7)])
    store.delete_product("p4")
    put(store, product("new"), seed=9)
    store.put_products([product("without-features")])
    for shard in range(2):
        told = store.shard_changes(since, shard, 2, MODEL)
        changed = {p.id: p for p in told.products}
        assert set(changed) == {i for i in ("p3", "new") if shard_of(i, 2) == shard}
        assert told.gone == {i for i in ("p4", "without-features") if shard_of(i, 2) == shard}
        assert told.features.shape == (len(changed), 512)
        assert told.catalog_version == store.version()
        for row, item in zip(told.features, told.products, strict=True):
            np.testing.assert_array_equal(row, store.get_features(item.id, MODEL))


def test_a_shard_reads_that_a_picture_was_removed(store: CatalogStore) -> None:
    for item in products(2):
        put(store, item)
    since = store.version()
    store.put_products([product("p1", image_key=None)])
    told = store.shard_changes(since, 0, 1, MODEL)
    assert list(told.products) == []
    assert told.gone == {"p1"}
    assert told.catalog_version == since + 1


def test_changes_come_in_pages_and_a_page_ends_at_its_last_change(store: CatalogStore) -> None:
    for item in products(3):
        put(store, item)
    assert store.shard_changes(0, 0, 1, MODEL, limit=4).catalog_version == 4
    assert store.shard_changes(6, 0, 1, MODEL).catalog_version == 6


def test_an_id_that_no_database_holds_is_not_found(store: CatalogStore) -> None:
    put(store, product("a"))
    with reached():
        assert store.delete_product("a\0") is None
    assert store.version() == 2


def test_what_a_value_is_at_fault_for_is_no_store_that_is_away(store: CatalogStore) -> None:
    with pytest.raises(IntegrityError), reached():
        store.put_products([product("a", price_minor=-1)])


def test_a_store_that_went_back_is_seen_by_its_number(store: CatalogStore) -> None:
    put(store, product("a"))
    assert store.shard_changes(40, 0, 1, MODEL).catalog_version == 2


def test_a_store_that_is_not_there_is_not_made_by_those_who_serve_it(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    with pytest.raises(UnavailableError, match=r"catalog\.sqlite can't be opened"):
        open_store(f"sqlite:///{file}", create=False)
    assert not file.exists()


def test_a_store_that_is_moved_away_is_out_of_reach_until_it_is_back(tmp_path: Path) -> None:
    file, away = tmp_path / "catalog.sqlite", tmp_path / "away.sqlite"
    with open_store(f"sqlite:///{file}") as store:
        put(store, product("a"))
        file.rename(away)
        with pytest.raises(DBAPIError):
            put(store, product("b"))
        with pytest.raises(DBAPIError):
            store.version()
        assert not file.exists()
        away.rename(file)
        assert put(store, product("c")) == 4
        assert store.existing_ids(["a", "b", "c"]) == {"a", "c"}


def test_a_locked_store_is_waited_for_no_longer_than_asked(store_url: str) -> None:
    with open_store(store_url, busy_timeout_s=0.01) as store:
        holder = open_engine(store_url)
        with write_transaction(holder):
            with pytest.raises(DBAPIError, match="lock"):
                put(store, product("a"))
            assert store.version() == 0
        holder.dispose()
        assert put(store, product("a")) == 2
