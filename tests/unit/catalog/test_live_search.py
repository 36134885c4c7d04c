"""Shards that follow a store answer exactly, whatever happens to it and to them."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from catalog.following import StoreFollower, index_of
from catalog.index import LiveIndex
from catalog.records import FeatureRow, ShardChanges, ShardSlice
from catalog.shard_source import ShardSource
from catalog.store import CatalogStore, open_store
from lookalike.products import Product
from lookalike.search import ShardQuery
from lookalike.sharding import shard_of
from tests.unit.catalog.making import MODEL, product
from tests.unit.search.drawn import (
    BRANDS,
    CATEGORIES,
    CURRENCIES,
    Catalogue,
    brute_force,
    pool,
    queries,
)

SHARDS = 2
LOOKS = pool(11, 12)
"""Features by picture; many are all but alike."""

Row = npt.NDArray[np.float16]

ids = st.integers(0, 15).map(str)
pictures = st.integers(0, len(LOOKS) - 1)
writers = st.integers(0, 1)
shards = st.integers(0, SHARDS - 1)
prices = st.integers(0, 5).map(lambda n: n * 500)
drawn_products = st.builds(
    lambda i, picture, category, brand, currency, price: product(
        i,
        image_key=image_key(picture),
        category=category,
        brand=brand,
        currency=currency,
        price_minor=price,
    ),
    ids,
    pictures,
    st.sampled_from(CATEGORIES),
    st.sampled_from(BRANDS),
    st.sampled_from(CURRENCIES),
    prices,
)


def image_key(picture: int) -> str:
    return f"{picture:064x}.jpg"


def look_of(image_key: str | None) -> Row:
    row: Row = LOOKS[int((image_key or "").partition(".")[0], 16)]
    return row


@dataclass(frozen=True)
class Listed:
    """What the model believes of a product: itself, and the picture that it is found by."""

    item: Product
    seen_image: str | None


class LiveCatalogue(RuleBasedStateMachine):
    """Two writers, two shards, and a model of what each change number stands for."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._url = f"sqlite:///{Path(self._folder.name) / 'catalog.sqlite'}"
        self._writers: list[CatalogStore] = []
        self._sources: list[ShardSource] = []
        self._indexes: list[LiveIndex] = []
        self._followers: list[StoreFollower] = []
        self._looked_at: dict[int, Product] = {}
        self._listed: dict[str, Listed] = {}
        self._history: dict[int, dict[str, Listed]] = {0: {}}

    @initialize(items=st.lists(drawn_products, max_size=30))
    def open(self, items: list[Product]) -> None:
        self._writers = [open_store(self._url) for _ in range(2)]
        catalogue = {item.id: item for item in items}
        self._writers[0].put_products(catalogue.values())
        self._writers[0].put_features(
            MODEL,
            (FeatureRow(i.id, i.image_key or "", look_of(i.image_key)) for i in catalogue.values()),
        )
        self._listed = {i.id: Listed(i, i.image_key) for i in catalogue.values()}
        self._note(self._writers[0].version())
        self._sources = [ShardSource(self._url, n, SHARDS, MODEL) for n in range(SHARDS)]
        self._indexes = [LiveIndex(index_of(source.load())) for source in self._sources]
        self._followers = [
            StoreFollower(*pair) for pair in zip(self._sources, self._indexes, strict=True)
        ]

    def teardown(self) -> None:
        for writer in self._writers:
            writer.close()
        for source in self._sources:
            source.close()
        self._folder.cleanup()

    @rule(writer=writers, item=drawn_products)
    def put(self, writer: int, item: Product) -> None:
        row = FeatureRow(item.id, item.image_key or "", look_of(item.image_key))
        version = self._writers[writer].replace_product(item, MODEL, row, keeps_image=False)
        self._listed[item.id] = Listed(item, item.image_key)
        self._note(version)

    @rule(writer=writers, product_id=ids)
    def look(self, writer: int, product_id: str) -> None:
        found = self._writers[writer].get_product(product_id)
        listed = self._listed.get(product_id)
        assert found == (listed.item if listed else None)
        if found is not None:
            self._looked_at[writer] = found

    @precondition(lambda self: self._looked_at)
    @rule(data=st.data(), price=prices)
    def reprice_what_was_looked_at_earlier(self, data: st.DataObject, price: int) -> None:
        writer = data.draw(st.sampled_from(sorted(self._looked_at)))
        seen = self._looked_at.pop(writer)
        changed = replace(seen, price_minor=price)
        version = self._writers[writer].replace_product(changed, MODEL, None, keeps_image=True)
        listed = self._listed.get(seen.id)
        if listed is None or {listed.item.image_key, listed.seen_image} != {seen.image_key}:
            assert version is None, "it was put over a deleted product or another picture"
            return
        self._listed[seen.id] = Listed(changed, seen.image_key)
        self._note(version)

    @rule(writer=writers, product_id=ids)
    def delete(self, writer: int, product_id: str) -> None:
        version = self._writers[writer].delete_product(product_id)
        assert (version is None) == (product_id not in self._listed)
        if version is not None:
            del self._listed[product_id]
            self._note(version)

    @rule(writer=writers, item=drawn_products)
    def import_without_features(self, writer: int, item: Product) -> None:
        """A product with a new picture is found by its old one until features come."""
        self._writers[writer].put_products([item])
        before = self._listed.get(item.id)
        self._listed[item.id] = Listed(item, before.seen_image if before else None)
        self._note(self._writers[writer].version())

    @rule(shard=shards)
    def follow(self, shard: int) -> None:
        self._followers[shard].catch_up()
        assert self._indexes[shard].catalog_version == max(self._history)

    @rule(shard=shards)
    def restart(self, shard: int) -> None:
        self._indexes[shard] = LiveIndex(index_of(self._sources[shard].load()))
        self._followers[shard] = StoreFollower(self._sources[shard], self._indexes[shard])

    @rule(
        shard=shards,
        before=st.lists(drawn_products, max_size=3),
        put=st.lists(drawn_products, max_size=3),
        deleted=st.lists(ids, max_size=5),
    )
    def compact_while_changes_come(
        self, shard: int, before: list[Product], put: list[Product], deleted: list[str]
    ) -> None:
        for item in before:
            self.put(0, item)
        self.follow(shard)
        finish = self._indexes[shard].begin_compaction()
        for item in put:
            self.put(1, item)
        self.follow(shard)
        for product_id in deleted:
            self.delete(0, product_id)
        self.follow(shard)
        if finish is not None:
            finish()

    @rule(shard=shards, data=st.data())
    def search(self, shard: int, data: st.DataObject) -> None:
        index = self._indexes[shard]
        expected = self._catalogue(shard, index.catalog_version)
        query = data.draw(queries(expected))
        found = index.search(query)
        assert found.catalog_version == index.catalog_version
        hits = [(hit.similarity, hit.product.id) for hit in found.hits]
        assert hits == brute_force(expected, query)

    @invariant()
    def each_shard_holds_what_its_change_number_stands_for(self) -> None:
        for shard, index in enumerate(self._indexes):
            expected = self._catalogue(shard, index.catalog_version)
            assert len(index) == len(expected.products)
            for item, row in zip(expected.products, expected.features, strict=True):
                held = index.product(item.id)
                assert held is not None
                assert held.product == item
                np.testing.assert_array_equal(held.features, row.astype(np.float32))

    def _note(self, version: int | None) -> None:
        assert version is not None
        self._history[version] = dict(self._listed)

    def _catalogue(self, shard: int, version: int) -> Catalogue:
        listed = [
            entry
            for product_id, entry in self._history[version].items()
            if entry.seen_image is not None and shard_of(product_id, SHARDS) == shard
        ]
        rows = [look_of(entry.seen_image) for entry in listed]
        return Catalogue(
            np.array(rows, np.float16).reshape(len(rows), 512),
            tuple(entry.item for entry in listed),
        )


TestLiveCatalogue = LiveCatalogue.TestCase
TestLiveCatalogue.settings = settings(max_examples=15, stateful_step_count=30)


def test_searches_on_other_threads_see_whole_changes_while_parts_are_joined() -> None:
    items = [product(str(n), image_key=image_key(n % len(LOOKS)), price_minor=0) for n in range(60)]
    looks = np.array([look_of(item.image_key) for item in items])
    index = LiveIndex(index_of(ShardSlice(looks, items, 0)))
    query = ShardQuery(looks[0].astype(np.float32), k=100)
    done = threading.Event()
    compactions = 0

    def change() -> None:
        for version in range(1, 200):
            priced = [replace(item, price_minor=version) for item in items[:10]]
            index.apply(ShardChanges(looks[:10], priced, frozenset(), version))
        done.set()

    def compact() -> None:
        nonlocal compactions
        while not done.is_set():
            compactions += index.compact()

    with ThreadPoolExecutor() as pool_of_threads:
        working = [pool_of_threads.submit(change), pool_of_threads.submit(compact)]
        searches = 0
        while searches == 0 or not done.is_set():
            found = index.search(query)
            prices = {int(hit.product.id): hit.product.price_minor for hit in found.hits}
            assert len(found.hits) == len(prices) == len(items)
            assert {prices[n] for n in range(10)} == {found.catalog_version}
            searches += 1
        for work in working:
            work.result()
    assert compactions > 0
    assert index.catalog_version == 199
