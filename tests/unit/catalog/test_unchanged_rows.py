"""A change that leaves a product as a shard holds it costs the shard nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from catalog.following import StoreFollower, index_of
from catalog.index import LiveIndex
from catalog.records import FeatureRow
from catalog.shard_source import ShardSource
from catalog.store import CatalogStore
from lookalike.products import Product
from tests.unit.catalog.making import MODEL, product, products, unit_features

ROWS = 2000


class CountedId(str):
    """An id that counts how often its hash, by which indexes find it, is made."""

    looked_up = 0

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        self.looked_up += 1
        return super().encode(encoding, errors)


def give_features(store: CatalogStore, model: str, items: Sequence[Product], seed: int = 0) -> None:
    rows = (FeatureRow(item.id, item.image_key or "", unit_features(seed)) for item in items)
    assert store.put_features(model, rows) == len(items)


@contextmanager
def followed(store: CatalogStore, store_url: str) -> Iterator[tuple[StoreFollower, LiveIndex]]:
    """A shard of all products, brought up to date by the test."""
    items = products(ROWS)
    store.put_products(items)
    give_features(store, MODEL, items)
    source = ShardSource(store_url, 0, 1, MODEL)
    index = LiveIndex(index_of(source.load()))
    try:
        yield StoreFollower(source, index), index
    finally:
        source.close()


def test_features_of_another_model_leave_the_rows_where_they_are(
    store: CatalogStore, store_url: str
) -> None:
    with followed(store, store_url) as (follower, index):
        give_features(store, "another model", products(ROWS), seed=1)
        follower.catch_up()
        assert index.catalog_version == store.version() == 3 * ROWS
        assert (len(index), index.parts, index.needs_compaction) == (ROWS, 1, False)


def test_what_did_change_among_them_is_taken_over(store: CatalogStore, store_url: str) -> None:
    with followed(store, store_url) as (follower, index):
        give_features(store, "another model", products(ROWS), seed=1)
        store.put_products(
            [product("p1", price_minor=7), product("p2", attributes={"fit": "wide"})]
        )
        give_features(store, MODEL, [product("p3")], seed=2)
        store.delete_product("p4")
        follower.catch_up()
        # Two thousand rows that move would leave the first part all but empty.
        assert (len(index), index.parts, index.needs_compaction) == (ROWS - 1, 2, False)
        held = [index.product(f"p{n}") for n in range(5)]
        assert [found and found.product.price_minor for found in held] == [
            1999,
            7,
            1999,
            1999,
            None,
        ]
        assert held[2] is not None
        assert held[2].product.attributes == {"fit": "wide"}
        assert held[3] is not None
        expected = unit_features(2).astype(np.float16).astype(np.float32)
        np.testing.assert_array_equal(held[3].features, expected)


def test_a_product_that_was_removed_and_put_again_meanwhile_is_left_alone(
    store: CatalogStore, store_url: str
) -> None:
    with followed(store, store_url) as (follower, index):
        store.delete_product("p1")
        follower.catch_up()
        assert index.product("p1") is None
        store.put_products([product("p1", category=products(2)[1].category)])
        give_features(store, MODEL, [product("p1")])
        follower.catch_up()
        found = index.product("p1")
        assert found is not None, "its hidden row is not what searches find"
        assert (len(index), index.parts) == (ROWS, 2)


def test_a_product_is_looked_up_once_in_each_part(store: CatalogStore, store_url: str) -> None:
    with followed(store, store_url) as (follower, index):
        store.put_products([product("p1", price_minor=7)])
        follower.catch_up()
        assert index.parts == 2
        asked = [CountedId(name) for name in ("p1", "p2", "unknown")]
        assert [index.product(one) is not None for one in asked] == [True, True, False]
        assert [one.looked_up for one in asked] == [1, 2, 2]
