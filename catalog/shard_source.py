"""One shard's part of a store that may go away."""

from __future__ import annotations

from catalog.database import reached
from catalog.records import Change, ShardChanges
from catalog.shard_loading import LoadedShard
from catalog.store import CatalogStore, open_store

_PAGE_CHANGES = 1000


class ShardSource:
    """Reads one shard from the store; opened when it is first reached, and never made.

    Every method raises UnavailableError while the store is out of reach.
    """

    def __init__(self, store_url: str, shard: int, shards: int, model_version: str) -> None:
        self._store_url = store_url
        self._shard = shard
        self._shards = shards
        self._model_version = model_version
        self._store: CatalogStore | None = None

    def load(self) -> LoadedShard:
        """All of the shard, in one state of the store."""
        with reached():
            return self._opened().read_shard(self._shard, self._shards, self._model_version)

    def last_change(self) -> Change | None:
        """The log's last entry: cheap enough to ask several times a second."""
        with reached():
            return self._opened().last_change()

    def changes_since(self, version: int, seen: Change | None) -> ShardChanges:
        """The next changes after number `version`, as `CatalogStore.shard_changes`."""
        with reached():
            return self._opened().shard_changes(
                version, self._shard, self._shards, self._model_version, _PAGE_CHANGES, seen
            )

    def close(self) -> None:
        """Let the store go."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _opened(self) -> CatalogStore:
        if self._store is None:
            self._store = open_store(self._store_url, create=False)
        return self._store
