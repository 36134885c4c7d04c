"""A shard read for searching holds what the store holds, on every database."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.index import ExactIndex
from catalog.records import FeatureRow
from catalog.store import CatalogStore
from lookalike.contract.errors import BadRequestError
from lookalike.search import ShardQuery
from tests.unit.catalog.making import MODEL, product, products, unit_features


def fill(store: CatalogStore, count: int) -> None:
    items = [
        *products(count),
        product("bare", image_key=None, attributes={}, title="니트 'quoted\"; DROP"),
    ]
    store.put_products([*items, product("without-features")])
    rows = (FeatureRow(p.id, p.image_key or "", unit_features(i)) for i, p in enumerate(items))
    store.put_features(MODEL, rows)


@pytest.mark.parametrize("shards", [1, 3])
def test_each_product_comes_with_its_features_and_all_its_fields(
    store: CatalogStore, shards: int
) -> None:
    fill(store, 1500)  # more than a batch
    for shard in range(shards):
        expected = store.load_shard(shard, shards, MODEL)
        index = store.read_shard(shard, shards, MODEL).index()
        assert (len(index), index.catalog_version) == (len(expected.products), store.version())
        for item, row in zip(expected.products, expected.features, strict=True):
            assert index.product(item.id) == item
            np.testing.assert_array_equal(index.features_of(item.id), row.astype(np.float32))


def test_it_is_searched_as_one_that_was_built_from_arrays(store: CatalogStore) -> None:
    fill(store, 300)
    part = store.load_shard(0, 1, MODEL)
    built = ExactIndex.build(part.features, part.products, part.catalog_version)
    query = ShardQuery(unit_features(17), 40)
    assert store.read_shard(0, 1, MODEL).index().search(query) == built.search(query)


def test_a_shard_of_an_empty_store_is_empty(store: CatalogStore) -> None:
    index = store.read_shard(1, 2, MODEL).index()
    assert len(index) == 0
    assert index.search(ShardQuery(unit_features(0), 5)).hits == ()


def test_a_vector_that_is_not_of_length_1_is_refused(store: CatalogStore) -> None:
    store.put_products([product("a")])
    picture = product("a").image_key or ""
    store.put_features(MODEL, [FeatureRow("a", picture, 2 * unit_features(0))])
    with pytest.raises(ValueError, match="not of length 1"):
        store.read_shard(0, 1, MODEL)


@pytest.mark.parametrize("shard", [-1, 2])
def test_a_shard_out_of_range_is_refused(store: CatalogStore, shard: int) -> None:
    with pytest.raises(BadRequestError, match="0 to 1"):
        store.read_shard(shard, 2, MODEL)
