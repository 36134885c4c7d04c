"""The search stage: one part of the catalogue, held in memory and kept up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from deployments.held_models import held_models, of_version
from deployments.settings import CatalogArgs
from deployments.worker_thread import WorkerThread
from lookalike.contract.errors import UnavailableError
from lookalike.ports import SHARDS_ARE_CHANGED, IndexedProduct, ShardStatus
from lookalike.search import ShardHits, ShardQuery

if TYPE_CHECKING:
    from catalog.following import StoreFollower
    from catalog.index import LiveIndex
    from catalog.shard_source import ShardSource


@dataclass(frozen=True, slots=True)
class _Followed:
    """The shard's products by one model version, and what keeps them up to date."""

    index: LiveIndex
    follower: StoreFollower
    source: ShardSource


class ShardDeployment:
    """Loads its slice of the store at start and follows the change log; can be thrown away.

    Each replica follows by itself, so no change has to find its way to it. It holds its slice once
    for each model.
    """

    def __init__(self, args: CatalogArgs, shard: int, weights: Sequence[str]) -> None:
        # Imported here: whoever builds the application needs the class alone, not numba.
        from catalog.following import StoreFollower, index_of, load_when_reached
        from catalog.index import LiveIndex
        from catalog.index.threads import set_search_threads
        from catalog.shard_source import ShardSource

        set_search_threads(args.threads)
        self._shards = args.shards
        self._held: dict[str, _Followed] = {}
        for version in held_models(weights):
            source = ShardSource(args.store_url, shard, args.shards, version)
            loaded = load_when_reached(source)
            index = LiveIndex(index_of(loaded))
            follower = StoreFollower(source, index, seen=loaded.last)
            self._held[version] = _Followed(index, follower, source)
        for held in self._held.values():
            held.follower.start()
        self._thread = WorkerThread("search")

    async def search(self, query: ShardQuery) -> ShardHits:
        """The nearest products of this shard, by the query's model.

        Raises:
            ValueError: the features are none.
            UnavailableError: they are of a model version that is not held, or meant for another
                number of shards.
        """
        held = self._asked_for(query.model_version, query.shards)
        return await self._thread.run(held.index.search, query)

    async def product(
        self, product_id: str, model_version: str | None = None, shards: int | None = None
    ) -> IndexedProduct | None:
        """A product with its features, None where this shard has no such id.

        Raises: UnavailableError where that model version is not held, or `shards` is another
            number than this shard's.
        """
        held = self._asked_for(model_version, shards)
        found = held.index.product(product_id)
        if found is None:
            return None
        return replace(found, model_version=model_version or next(iter(self._held)))

    async def status(
        self, model_version: str | None = None, shards: int | None = None
    ) -> ShardStatus:
        """What the shard holds, and whether it can follow the store. Raises: as `product`."""
        held = self._asked_for(model_version, shards)
        return ShardStatus(
            len(held.index),
            held.index.catalog_version,
            held.follower.out_of_reach_s,
            held.follower.behind_changes,
        )

    def check_health(self) -> None:
        """Ray Serve replaces a replica whose check raises. Raises: RuntimeError."""
        if not all(held.follower.alive for held in self._held.values()):
            raise RuntimeError("the shard no longer follows the store")

    def close(self) -> None:
        """Search and follow the store no more, and let it go; a replica's process just ends."""
        for held in self._held.values():
            held.follower.stop()
            held.source.close()
        self._thread.close()

    def _asked_for(self, model_version: str | None, shards: int | None) -> _Followed:
        """Raises: UnavailableError."""
        if shards not in (None, self._shards):
            raise UnavailableError(SHARDS_ARE_CHANGED)
        return of_version(self._held, model_version)
