"""The search stage: one part of the catalogue, held in memory and kept up to date."""

from __future__ import annotations

from dataclasses import replace

from deployments.settings import CatalogArgs
from deployments.worker_thread import WorkerThread
from lookalike.contract.errors import UnavailableError
from lookalike.ports import MODEL_IS_SWITCHED, IndexedProduct, ShardStatus
from lookalike.search import ShardHits, ShardQuery
from lookalike.vision.weights import find_model


class ShardDeployment:
    """Loads its slice of the store at start and follows the change log; can be thrown away.

    Each replica follows by itself, so no change has to find its way to it.
    """

    def __init__(self, args: CatalogArgs, shard: int, weights: str) -> None:
        # Imported here: whoever builds the application needs the class alone, not numba.
        from catalog.following import StoreFollower, index_of, load_when_reached
        from catalog.index import LiveIndex
        from catalog.index.threads import set_search_threads
        from catalog.shard_source import ShardSource

        self._model_version = find_model(weights).manifest.version
        source = ShardSource(args.store_url, shard, args.shards, self._model_version)
        set_search_threads(args.threads)
        self._index = LiveIndex(index_of(load_when_reached(source)))
        self._follower = StoreFollower(source, self._index)
        self._follower.start()
        self._thread = WorkerThread("search")

    async def search(self, query: ShardQuery) -> ShardHits:
        """The nearest products of this shard.

        Raises:
            ValueError: the features are none.
            UnavailableError: they are of another model version; nothing can be compared.
        """
        if query.model_version not in (None, self._model_version):
            raise UnavailableError(MODEL_IS_SWITCHED)
        return await self._thread.run(self._index.search, query)

    async def product(self, product_id: str) -> IndexedProduct | None:
        """A product with its features, None where this shard has no such id."""
        found = self._index.product(product_id)
        return None if found is None else replace(found, model_version=self._model_version)

    async def status(self) -> ShardStatus:
        """What the shard holds, and whether it can follow the store."""
        return ShardStatus(
            len(self._index),
            self._index.catalog_version,
            self._follower.out_of_reach_s,
            self._follower.behind_changes,
        )

    def check_health(self) -> None:
        """Ray Serve replaces a replica whose check raises. Raises: RuntimeError."""
        if not self._follower.alive:
            raise RuntimeError("the shard no longer follows the store")
