"""A shard read for searching holds what the store holds, on every database."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import update

from catalog.database import open_engine, write_transaction
from catalog.index import ExactIndex
from catalog.records import FeatureRow
from catalog.store import CatalogStore
from catalog.tables import features
from lookalike.contract.errors import BadRequestError
from lookalike.products import Product
from lookalike.search import ShardQuery
from lookalike.sharding import shard_of
from tests.unit.catalog.making import MODEL, product, products, unit_features


def fill(store: CatalogStore, count: int) -> list[Product]:
    """The products that have features, number i those of `unit_features(i)`; one has none."""
    items = [
        *products(count),
        product("bare", attributes={}, title="니트 'quoted\"; DROP"),
    ]
    store.put_products([*items, product("without-features")])
    rows = (FeatureRow(p.id, p.image_key or "", unit_features(i)) for i, p in enumerate(items))
    store.put_features(MODEL, rows)
    return items


@pytest.mark.parametrize("shards", [1, 3])
def test_each_product_comes_with_its_features_and_all_its_fields(
    store: CatalogStore, shards: int
) -> None:
    items = fill(store, 1500)  # more than a batch
    for shard in range(shards):
        mine = [n for n, item in enumerate(items) if shard_of(item.id, shards) == shard]
        index = store.read_shard(shard, shards, MODEL).index()
        assert (len(index), index.catalog_version) == (len(mine), store.version())
        for n in mine:
            assert index.product(items[n].id) == items[n]
            expected = unit_features(n).astype(np.float16).astype(np.float32)
            np.testing.assert_array_equal(index.features_of(items[n].id), expected)


def test_it_is_searched_as_one_that_was_built_from_arrays(store: CatalogStore) -> None:
    items = fill(store, 300)
    vectors = np.stack([unit_features(n) for n in range(len(items))]).astype(np.float16)
    built = ExactIndex.build(vectors, items, store.version())
    query = ShardQuery(unit_features(17), 40)
    assert store.read_shard(0, 1, MODEL).index().search(query) == built.search(query)


def test_a_product_with_a_new_picture_keeps_its_old_features_meanwhile(
    store: CatalogStore,
) -> None:
    fill(store, 1)
    store.put_products([product("p0", image_key="b" * 64 + ".jpg")])
    index = store.read_shard(0, 1, MODEL).index()
    expected = unit_features(0).astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(index.features_of("p0"), expected)


def test_a_product_whose_picture_was_removed_is_left_out_until_it_is_back(
    store: CatalogStore,
) -> None:
    fill(store, 2)
    store.put_products([product("p1", image_key=None)])
    assert {p.id for p in store.read_shard(0, 1, MODEL).products} == {"p0", "bare"}
    store.put_products([products(2)[1]])
    assert {p.id for p in store.read_shard(0, 1, MODEL).products} == {"p0", "p1", "bare"}


def test_a_shard_of_an_empty_store_is_empty(store: CatalogStore) -> None:
    index = store.read_shard(1, 2, MODEL).index()
    assert len(index) == 0
    assert index.search(ShardQuery(unit_features(0), 5)).hits == ()


def test_a_vector_that_is_not_of_length_1_is_refused(store: CatalogStore, store_url: str) -> None:
    """The store takes none; an earlier release did."""
    fill(store, 1)
    engine = open_engine(store_url)
    with write_transaction(engine) as connection:
        vector = (2 * unit_features(0)).astype("<f2").tobytes()
        connection.execute(update(features).values(vector=vector))
    engine.dispose()
    with pytest.raises(ValueError, match="not of length 1"):
        store.read_shard(0, 1, MODEL)


@pytest.mark.parametrize("shard", [-1, 2])
def test_a_shard_out_of_range_is_refused(store: CatalogStore, shard: int) -> None:
    with pytest.raises(BadRequestError, match="0 to 1"):
        store.read_shard(shard, 2, MODEL)
