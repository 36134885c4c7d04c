"""The HTTP door over a real store, and shards in this process that follow it when told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from catalog.following import StoreFollower, index_of
from catalog.images import ImageFolder
from catalog.index import LiveIndex
from catalog.shard_source import ShardSource
from catalog.store import open_store
from deployments.api import HttpApi
from deployments.product_store import ThreadedPictures, ThreadedProductStore
from deployments.routes import build_api
from deployments.settings import GatewayArgs
from lookalike.access.gate import Gate
from lookalike.admission import StagesDown
from lookalike.catalog_writer import CatalogWriter
from lookalike.client import HttpSearchClient
from lookalike.ports import IndexedProduct, ShardStatus
from lookalike.recommender import Recommender
from lookalike.search import ShardHits, ShardQuery
from tests.fakes import FakeEncoder, FakeSegmenter, manifest

SHARDS = 2


class FollowingShard:
    """A replica without a thread: `catch_up` is called by the test."""

    def __init__(self, store_url: str, shard: int) -> None:
        source = ShardSource(store_url, shard, SHARDS, manifest().version)
        self._index = LiveIndex(index_of(source.load()))
        self.follower = StoreFollower(source, self._index)
        self.close = source.close

    async def search(self, query: ShardQuery) -> ShardHits:
        return self._index.search(query)

    async def product(
        self, product_id: str, model_version: str | None = None, shards: int | None = None
    ) -> IndexedProduct | None:
        return self._index.product(product_id)

    async def status(
        self, model_version: str | None = None, shards: int | None = None
    ) -> ShardStatus:
        return ShardStatus(len(self._index), self._index.catalog_version)


class LiveService:
    """Everything but Ray and the network; `client` asks it, `raw` is HTTP itself."""

    def __init__(
        self,
        folder: Path,
        segmenter: FakeSegmenter | None = None,
        gate: Gate | None = None,
        stages_down: StagesDown | None = None,
        **gateway: Any,
    ) -> None:
        self.file = folder / "catalog.sqlite"
        self.images = ImageFolder(folder / "images")
        url = f"sqlite:///{self.file}"
        open_store(url).close()
        self._shards = [FollowingShard(url, shard) for shard in range(SHARDS)]
        self.segmenter = segmenter or FakeSegmenter()
        self.recommender = Recommender(self.segmenter, FakeEncoder(), self._shards, manifest())
        self.store = ThreadedProductStore(url, manifest().version, lock_patience_s=0.05)
        self.args = GatewayArgs(**gateway)
        self.writer = CatalogWriter(
            self.store, ThreadedPictures(self.images), self.recommender.look, manifest().version
        )
        routes = HttpApi(
            self.recommender,
            self.images,
            self.args,
            writer=self.writer,
            gate=gate,
            stages_down=stages_down,
        )
        self.api = build_api(routes)
        self._transport = httpx.ASGITransport(self.api, raise_app_exceptions=False)
        self.raw = httpx.AsyncClient(transport=self._transport, base_url="http://test")

    def client(self, **options: Any) -> HttpSearchClient:
        return HttpSearchClient("http://test", transport=self._transport, **options)

    def catch_up(self) -> None:
        for shard in self._shards:
            shard.follower.catch_up()

    async def close(self) -> None:
        await self.raw.aclose()
        await self.store.close()
        for shard in self._shards:
            shard.close()
