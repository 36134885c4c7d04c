"""A follower keeps its index at the end of the log, and says when it can't."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.exc import IntegrityError

from catalog.following import StoreFollower, index_of, load_when_reached
from catalog.index import ExactIndex, LiveIndex
from catalog.records import Change, FeatureRow, ShardChanges, ShardSlice
from catalog.shard_loading import LoadedShard
from catalog.shard_source import ShardSource
from catalog.store import CatalogStore, open_store
from catalog.tidying import tidy_log
from lookalike.contract.errors import UnavailableError
from tests.unit.catalog.making import MODEL, product, products, unit_features

SOON_S = 20


class WatchedSource:
    """A real source; `asked` is set at each look at the log; `away` makes looks fail,
    `withholds` the changes alone; they wait for `answers`."""

    def __init__(self, store_url: str) -> None:
        self._source = ShardSource(store_url, 0, 1, MODEL)
        self.away: Exception | None = None
        self.withholds: Exception | None = None
        self.asked = threading.Semaphore(0)
        self.answers = threading.Event()
        self.answers.set()
        self.close = self._source.close

    def load(self) -> LoadedShard:
        if self.away:
            raise self.away
        return self._source.load()

    def last_change(self) -> Change | None:
        self.asked.release()
        self.answers.wait()
        if self.away:
            raise self.away
        return self._source.last_change()

    def changes_since(self, version: int, seen: Change | None) -> ShardChanges:
        if self.withholds:
            raise self.withholds
        return self._source.changes_since(version, seen)

    def wait_for_looks(self, looks: int) -> None:
        """Until it was asked so many times from now on."""
        while self.asked.acquire(blocking=False):
            pass
        for _ in range(looks):
            assert self.asked.acquire(timeout=SOON_S)


def put(store: CatalogStore, product_id: str, seed: int = 0, **listed: Any) -> None:
    item = product(product_id, **listed)
    row = FeatureRow(item.id, item.image_key or "", unit_features(seed))
    store.replace_product(item, MODEL, row, keeps_image=False)


class HeldIndex(LiveIndex):
    """A real index whose compaction tells that it begins and ends, and ends when it `may_end`."""

    def __init__(self, base: ExactIndex, told: list[str], may_end: threading.Event) -> None:
        super().__init__(base)
        self._told = told
        self._may_end = may_end

    def compact(self) -> bool:
        if not self.needs_compaction:
            return False
        self._told.append("begins")
        self._may_end.wait()
        self._told.append("ends")
        return super().compact()


def is_compact(index: LiveIndex) -> bool:
    return not index.needs_compaction


@contextmanager
def following(source: WatchedSource) -> Iterator[tuple[StoreFollower, LiveIndex]]:
    index = LiveIndex(index_of(source.load()))
    follower = StoreFollower(source, index, poll_s=0.001)
    follower.start()
    try:
        yield follower, index
    finally:
        follower.stop()
        source.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An SQLite store: threads and files are what this is about."""
    return f"sqlite:///{tmp_path / 'catalog.sqlite'}"


def until(true: Callable[[], object], source: WatchedSource) -> None:
    for _ in range(10_000):
        if true():
            return
        source.wait_for_looks(1)
    raise AssertionError("it never came")


def test_changes_come_by_themselves(url: str) -> None:
    with open_store(url) as store:
        source = WatchedSource(url)
        with following(source) as (follower, index):
            put(store, "a")
            until(lambda: index.product("a") is not None, source)
            store.delete_product("a")
            until(lambda: index.product("a") is None, source)
            until(lambda: follower.out_of_reach_s == 0, source)
            assert follower.alive


@pytest.mark.parametrize("failure", [UnavailableError("gone"), ZeroDivisionError("a bug")])
def test_a_store_that_is_away_is_told_and_followed_again(
    url: str, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with open_store(url) as store:
        source = WatchedSource(url)
        with following(source) as (follower, index):
            source.away = failure
            source.wait_for_looks(3)
            assert follower.out_of_reach_s > 0
            assert follower.alive
            put(store, "a")
            source.away = None
            until(lambda: index.product("a") is not None, source)
            until(lambda: follower.out_of_reach_s == 0, source)
    told = [record.message.partition(",")[0].partition(" after")[0] for record in caplog.records]
    assert told == ["can't follow the store", "following the store again"]


def test_a_look_that_hangs_is_told_while_it_hangs(url: str) -> None:
    with open_store(url):
        source = WatchedSource(url)
        source.answers.clear()
        index = LiveIndex(index_of(source.load()))
        follower = StoreFollower(source, index, poll_s=0.001, late_s=0.01)
        follower.start()
        try:
            assert source.asked.acquire(timeout=SOON_S)
            give_up_at = time.monotonic() + SOON_S
            while follower.out_of_reach_s == 0:
                assert time.monotonic() < give_up_at, "nobody tells"
            source.answers.set()
            until(lambda: follower.out_of_reach_s == 0, source)
        finally:
            source.answers.set()
            follower.stop()
            source.close()


def test_a_store_that_went_back_is_loaded_anew(url: str, tmp_path: Path) -> None:
    index = LiveIndex(
        index_of(ShardSlice(unit_features(5)[None].astype(np.float16), [product("ahead")], 40))
    )
    with open_store(url) as store:
        put(store, "a")
        source = ShardSource(url, 0, 1, MODEL)
        StoreFollower(source, index).catch_up()
        source.close()
    assert (index.catalog_version, len(index)) == (2, 1)
    assert index.product("ahead") is None


class LoadsCounted(ShardSource):
    """A real source that knows how often all of the shard was read."""

    loads = 0

    def load(self) -> LoadedShard:
        self.loads += 1
        return super().load()


@contextmanager
def brought_up(url: str) -> Iterator[tuple[LoadsCounted, StoreFollower, LiveIndex]]:
    """A shard that has read the store, and catches up when the test says so."""
    source = LoadsCounted(url, 0, 1, MODEL)
    loaded = source.load()
    index = LiveIndex(index_of(loaded))
    try:
        yield source, StoreFollower(source, index, seen=loaded.last), index
    finally:
        source.close()


def put_in_place(copy: Path, file: Path, skipped: int) -> None:
    """A copy of the store, whose count goes on so many numbers later, as a standby's does."""
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE sqlite_sequence SET seq = seq + ?", [skipped])
    for log in ("-wal", "-shm"):
        Path(f"{file}{log}").unlink(missing_ok=True)
    copy.replace(file)


@pytest.mark.parametrize("skipped", [0, 1, 32])
def test_a_store_that_went_back_and_was_written_to_since_is_loaded_anew(
    url: str, tmp_path: Path, skipped: int
) -> None:
    file, copy = tmp_path / "catalog.sqlite", tmp_path / "copy.sqlite"
    with open_store(url) as store:
        put(store, "a", price_minor=1000)
        put(store, "b")
    shutil.copy(file, copy)
    with brought_up(url) as (source, follower, index):
        with open_store(url) as store:
            put(store, "a", price_minor=500)
            store.delete_product("b")
            follower.catch_up()
            seen = store.version()
        put_in_place(copy, file, skipped)
        with open_store(url) as store:
            put(store, "c")
            assert store.version() == seen + skipped
            follower.catch_up()
            assert index.catalog_version == store.version()
        held = [index.product(name) for name in "abc"]
        prices = [found and found.product.price_minor for found in held]
        assert prices == [1000, 1999, 1999]
        follower.catch_up()
        assert source.loads == 2


def test_a_tidied_log_with_gaps_is_read_on_without_loading_anew(
    store: CatalogStore, store_url: str
) -> None:
    put(store, "a")
    with brought_up(store_url) as (source, follower, index):
        for price in range(5):
            put(store, "a", price_minor=price)
            put(store, "b", price_minor=price)
            with pytest.raises(IntegrityError):  # its number is never given again
                store.put_products([product("c", price_minor=-1)])
            follower.catch_up()
            tidy_log(store, kept=0)
        follower.catch_up()
        assert index.catalog_version == store.version()
        assert len(store.changes_since(0)) == len(index) == 2
        assert source.loads == 1


def test_a_shard_whose_place_in_the_log_was_tidied_away_loads_anew(
    store: CatalogStore, store_url: str
) -> None:
    put(store, "a", price_minor=1)
    with brought_up(store_url) as (source, follower, index):
        put(store, "a", price_minor=2)
        tidy_log(store, kept=0)
        follower.catch_up()
        held = index.product("a")
        assert held is not None
        assert held.product.price_minor == 2
        assert source.loads == 2


def test_many_changes_are_taken_over_in_pages_and_compacted(url: str) -> None:
    with open_store(url) as store:
        source = WatchedSource(url)
        with following(source) as (_, index):
            items = products(3000)
            store.put_products(items)
            rows = (FeatureRow(p.id, p.image_key or "", unit_features(7)) for p in items)
            store.put_features(MODEL, rows)
            assert store.version() == 6000
            until(lambda: index.catalog_version == 6000 and not index.needs_compaction, source)
            assert len(index) == 3000
            assert index.parts <= 3


def test_a_follower_knows_how_many_changes_it_is_behind(url: str) -> None:
    with open_store(url) as store:
        source = WatchedSource(url)
        index = LiveIndex(index_of(source.load()))
        follower = StoreFollower(source, index)
        assert follower.behind_changes == 0
        put(store, "a")
        source.withholds = UnavailableError("locked")
        with pytest.raises(UnavailableError):
            follower.catch_up()
        assert follower.behind_changes == store.version() > 0
        source.withholds = None
        follower.catch_up()
        assert follower.behind_changes == 0
        source.close()


def test_a_shard_waits_for_a_store_that_is_late(url: str) -> None:
    source = ShardSource(url, 0, 1, MODEL)
    with pytest.raises(UnavailableError, match="can't be opened"):
        load_when_reached(source, patience_s=0)
    late = threading.Timer(0.1, lambda: open_store(url).close())
    late.start()
    assert load_when_reached(source).catalog_version == 0
    late.join()
    source.close()


def test_a_process_compacts_one_index_at_a_time_while_all_are_followed(url: str) -> None:
    told: list[str] = []
    may_end = threading.Event()
    with open_store(url) as store, ExitStack() as ends:
        sources = [WatchedSource(url), WatchedSource(url)]
        indexes = [HeldIndex(index_of(source.load()), told, may_end) for source in sources]
        for source, index in zip(sources, indexes, strict=True):
            ends.callback(source.close)
            follower = StoreFollower(source, index, poll_s=0.001)
            ends.callback(follower.stop)
            follower.start()
        ends.callback(may_end.set)
        put(store, "a")
        until(lambda: bool(told), sources[0])
        put(store, "b")
        for source, index in zip(sources, indexes, strict=True):
            until(partial(index.product, "b"), source)
            assert index.needs_compaction
            source.wait_for_looks(100)
        assert told == ["begins"]
        may_end.set()
        for source, index in zip(sources, indexes, strict=True):
            until(partial(is_compact, index), source)
    assert told == ["begins", "ends"] * (len(told) // 2)
