"""The search stage: one part of the catalogue, held in memory."""

from __future__ import annotations

from catalog.index import ExactIndex
from catalog.store import open_store
from deployments.settings import CatalogArgs
from deployments.worker_thread import WorkerThread
from lookalike.ports import IndexedProduct, ShardStatus
from lookalike.search import ShardHits, ShardQuery
from lookalike.vision.weights import find_model


class ShardDeployment:
    """Loads its slice of the store at start; a cache that can be thrown away."""

    def __init__(self, args: CatalogArgs, shard: int, weights: str) -> None:
        model_version = find_model(weights).manifest.version
        with open_store(args.store_url) as store:
            part = store.load_shard(shard, args.shards, model_version)
        self._index = ExactIndex.build(
            part.features, part.products, part.catalog_version, threads=args.threads
        )
        self._thread = WorkerThread("search")

    async def search(self, query: ShardQuery) -> ShardHits:
        """The nearest products of this shard. Raises: ValueError for features that are none."""
        return await self._thread.run(self._index.search, query)

    async def product(self, product_id: str) -> IndexedProduct | None:
        """A product with its features, None where this shard has no such id."""
        product = self._index.product(product_id)
        features = self._index.features_of(product_id)
        if product is None or features is None:
            return None
        return IndexedProduct(product, features)

    async def status(self) -> ShardStatus:
        """What the shard holds."""
        return ShardStatus(len(self._index), self._index.catalog_version)
