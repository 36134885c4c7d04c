"""What the store promises to those who write and read it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from catalog.records import Change, ChangeKind, FeatureRow
from catalog.store import CatalogStore, open_store
from lookalike.contract.errors import BadRequestError, UnavailableError
from lookalike.contract.taxonomy import Category
from lookalike.products import Product
from tests.unit.catalog.making import MODEL, PICTURE, product, products, unit_features


def put_with_features(store: CatalogStore, items: Sequence[Product], model: str = MODEL) -> None:
    store.put_products(items)
    store.put_features(
        model,
        (FeatureRow(p.id, p.image_key or "", unit_features(i)) for i, p in enumerate(items)),
    )


def test_a_product_comes_back_as_it_was_put(store: CatalogStore) -> None:
    bare = product("bare", image_key=None, attributes={}, title="니트 'quoted\"; DROP")
    store.put_products([product("p"), bare])
    assert store.get_product("p") == product("p")
    assert store.get_product("bare") == bare
    assert store.get_product("other") is None


def test_only_what_really_changed_is_counted_and_logged(store: CatalogStore) -> None:
    assert store.put_products([product("a"), product("b")]) == 2
    assert store.put_products([product("a"), product("b", price_minor=5), product("c")]) == 2
    assert store.put_products([product("a")]) == 0
    logged = [(c.product_id, c.kind) for c in store.changes_since(2)]
    assert logged == [("b", ChangeKind.PUT), ("c", ChangeKind.PUT)]
    assert store.version() == 4


def test_a_product_that_names_no_picture_keeps_its_own_if_asked(store: CatalogStore) -> None:
    store.put_products([product("a"), product("b", image_key=None)])
    retold = [product(i, image_key=None, price_minor=5) for i in "abc"]
    assert store.put_products(retold, keeps_images=True) == 3
    assert store.put_products(retold, keeps_images=True) == 0
    stored = [store.get_product(i) for i in "abc"]
    assert [p and (p.image_key, p.price_minor) for p in stored] == [
        (PICTURE, 5),
        (None, 5),
        (None, 5),
    ]
    retaken = "b" * 64 + ".jpg"
    store.put_products([product("a", image_key=retaken)], keeps_images=True)
    assert store.get_product("a") == product("a", image_key=retaken)
    store.put_products(retold)
    assert store.get_product("a") == retold[0]


def test_of_two_products_with_one_id_the_later_wins(store: CatalogStore) -> None:
    assert store.put_products([product("a", title="old"), product("a", title="new")]) == 1
    stored = store.get_product("a")
    assert stored is not None
    assert stored.title == "new"


def test_more_products_than_a_batch_are_all_put(store: CatalogStore) -> None:
    assert store.put_products(iter(products(2500))) == 2500
    assert store.existing_ids(["p0", "p2499", "p2500"]) == {"p0", "p2499"}
    assert store.version() == 2500


def test_a_batch_with_a_negative_price_changes_nothing(store: CatalogStore) -> None:
    with pytest.raises(IntegrityError):
        store.put_products([product("good"), product("bad", price_minor=-1)])
    assert store.get_product("good") is None
    assert store.version() == 0


def test_a_deleted_product_is_gone_with_its_features(store: CatalogStore) -> None:
    put_with_features(store, [product("a")])
    assert store.delete_product("a")
    assert store.get_product("a") is None
    assert store.get_features("a", MODEL) is None
    assert store.changes_since(2) == [Change(3, "a", ChangeKind.DELETE)]


def test_deleting_what_is_not_there_is_no_change(store: CatalogStore) -> None:
    assert not store.delete_product("a")
    assert store.version() == 0


def test_change_numbers_are_not_used_again_after_a_reopening(store_url: str) -> None:
    with open_store(store_url) as store:
        store.put_products([product("a")])
        store.delete_product("a")
    with open_store(store_url) as store:
        assert store.version() == 2
        store.put_products([product("a")])
        assert store.version() == 3


def test_changes_are_read_in_pages(store: CatalogStore) -> None:
    store.put_products(products(5))
    assert [c.seq for c in store.changes_since(1, limit=2)] == [2, 3]


def test_features_are_kept_as_float16(store: CatalogStore) -> None:
    put_with_features(store, [product("a")])
    stored = store.get_features("a", MODEL)
    assert stored is not None
    assert stored.dtype == np.float16
    np.testing.assert_array_equal(stored, unit_features(0).astype(np.float16))
    assert store.get_features("a", "model-2") is None


@pytest.mark.parametrize(
    "features",
    [
        np.zeros(511, np.float32),
        np.full(512, np.nan),
        np.full(512, 1e6),
        np.zeros(512, np.float32),
        unit_features(0) * np.float32(1.02),
        unit_features(0) * np.float32(0.98),
    ],
    ids=["too few", "NaN", "too large", "zero", "too long", "too short"],
)
def test_features_that_are_none_are_refused(
    store: CatalogStore, features: np.ndarray[tuple[int], np.dtype[np.floating]]
) -> None:
    store.put_products([product("a")])
    with pytest.raises(BadRequestError, match="features of a"):
        store.put_features(MODEL, [FeatureRow("a", PICTURE, features)])
    assert store.version() == 1


def test_features_of_a_product_deleted_meanwhile_are_left_out(store: CatalogStore) -> None:
    store.put_products([product("here")])
    rows = [FeatureRow(i, PICTURE, unit_features(0)) for i in ("here", "gone")]
    assert store.put_features(MODEL, rows) == 1
    assert store.changes_since(1) == [Change(2, "here", ChangeKind.FEATURES)]


def test_features_of_a_picture_that_was_replaced_meanwhile_are_left_out(
    store: CatalogStore,
) -> None:
    """A bulk run that is late must not overwrite what a live change brought."""
    retaken = "b" * 64 + ".jpg"
    store.put_products([product("a", image_key=retaken)])
    store.put_features(MODEL, [FeatureRow("a", retaken, unit_features(1))])
    assert store.put_features(MODEL, [FeatureRow("a", PICTURE, unit_features(2))]) == 0
    stored = store.get_features("a", MODEL)
    assert stored is not None
    np.testing.assert_array_equal(stored, unit_features(1).astype(np.float16))
    assert store.version() == 2


def test_products_lack_features_until_this_model_has_seen_their_present_picture(
    store: CatalogStore,
) -> None:
    put_with_features(store, [product("seen"), product("retaken")])
    store.put_products(
        [
            product("retaken", image_key="b" * 64 + ".jpg"),
            product("new"),
            product("no-picture", image_key=None),
        ]
    )
    lacking = [p.id for p in store.products_without_features(MODEL)]
    assert lacking == ["new", "retaken"]
    assert store.count_without_features(MODEL) == 2
    assert store.count_without_features("model-2") == 3


def test_features_may_be_put_while_those_that_lack_them_are_read(store: CatalogStore) -> None:
    store.put_products(products(1200))
    for lacking in store.products_without_features(MODEL):
        row = FeatureRow(lacking.id, lacking.image_key or "", unit_features(1))
        if lacking.id.endswith("7"):
            store.put_features(MODEL, [row])
    assert store.count_without_features(MODEL) == 1200 - 120


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 50])
def test_shards_share_out_the_catalogue(store: CatalogStore, shards: int) -> None:
    put_with_features(store, products(60))
    parts = [store.read_shard(shard, shards, MODEL) for shard in range(shards)]
    ids = [p.id for part in parts for p in part.products]
    assert sorted(ids) == sorted(f"p{i}" for i in range(60))


def test_counts_tell_what_the_store_holds(store: CatalogStore) -> None:
    put_with_features(store, [product("a"), product("b", category=Category.HAT)])
    store.put_products([product("c", image_key=None)])
    counts = store.counts()
    assert (counts.products, counts.without_image, counts.catalog_version) == (3, 1, 5)
    assert counts.by_category == {Category.HAT: 1, Category.T_SHIRT: 2}
    assert counts.with_features == {MODEL: 2}


def test_a_reopened_store_keeps_everything(store_url: str) -> None:
    with open_store(store_url) as store:
        put_with_features(store, products(30))
        before = store.read_shard(0, 1, MODEL).index()
    with open_store(store_url) as store:
        after = store.read_shard(0, 1, MODEL).index()
    for item in products(30):
        assert after.product(item.id) == before.product(item.id) == item
        np.testing.assert_array_equal(after.features_of(item.id), before.features_of(item.id))


def test_a_file_that_is_no_store_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database " * 100)
    with pytest.raises(UnavailableError, match=r"notes\.txt can't be opened"):
        open_store(f"sqlite:///{tmp_path / 'notes.txt'}")


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "oracle9://host/db"])
def test_an_address_that_can_t_be_used_is_told_in_a_sentence(url: str) -> None:
    with pytest.raises(UnavailableError, match="store"):
        open_store(url)


def _write_pairs(url: str, ready: Event, rounds: int) -> None:
    with open_store(url) as store:
        ready.set()
        for i in range(rounds):
            store.put_products([product("left", price_minor=i), product("right", price_minor=i)])


def test_readers_see_whole_transactions_while_another_process_writes(store_url: str) -> None:
    with open_store(store_url) as store:
        put_with_features(store, [product("left"), product("right")])
        context = multiprocessing.get_context("spawn")
        ready, rounds = context.Event(), 150
        writer = context.Process(target=_write_pairs, args=(store_url, ready, rounds))
        writer.start()
        assert ready.wait(30)
        versions, prices = [], set()
        while writer.is_alive():
            part = store.read_shard(0, 1, MODEL)
            pair = {p.price_minor for p in part.products}
            assert len(pair) == 1
            versions.append(part.catalog_version)
            prices |= pair
        writer.join()
        assert writer.exitcode == 0
        assert versions == sorted(versions)
        assert len(prices) > 1
        assert store.version() == 4 + 2 * rounds


def _count_up(url: str, name: str, rounds: int) -> None:
    with open_store(url) as store:
        for i in range(rounds):
            store.put_products([product(f"{name}-{i}")])


def test_processes_that_open_a_new_store_at_once_and_write_lose_nothing(store_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_count_up, args=(store_url, f"w{n}", 20)) for n in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [w.exitcode for w in writers] == [0, 0, 0]
    with open_store(store_url) as store:
        assert store.counts().products == 60
        assert [c.seq for c in store.changes_since(0)] == list(range(1, 61))
