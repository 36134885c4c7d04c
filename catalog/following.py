"""Following the store's change log, on threads of the process that holds the index."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final, Protocol

from catalog.index import ExactIndex, LiveIndex
from catalog.records import Change, ShardChanges, ShardSlice
from catalog.shard_loading import LoadedShard
from lookalike.contract.errors import UnavailableError

POLL_S: Final = 0.2
"""Pause between two looks at the log; a change is to be searchable within a second."""
LATE_S: Final = 3.0
"""A look at the log that takes longer counts as failed while it lasts, whatever comes of it."""
_LONGEST_PAUSE_S: Final = 1.0
_LOAD_PATIENCE_S: Final = 60.0
_COMPACTING: Final = threading.Lock()
"""Held while an index is compacted, which takes a multiple of its memory: one index at a time."""
_log = logging.getLogger(__name__)


class ChangeSource(Protocol):
    """One shard's part of the store; all of it raises UnavailableError while out of reach."""

    def load(self) -> LoadedShard:
        """All of the shard, in one state."""
        ...

    def last_change(self) -> Change | None:
        """The log's last entry, None before the first."""
        ...

    def changes_since(self, version: int, seen: Change | None) -> ShardChanges:
        """The next changes, or a `catalog_version` below `version` where the store went back.

        So it did where `seen`, the entry of number `version` if it is known, is there no more.
        """
        ...


class StoreFollower:
    """Keeps an index at the end of the log; what it can't reach it goes on without.

    `start` runs two threads: one looks at the log every `poll_s` and takes changes over, one
    compacts, while no other follower of the process does. While the store is out of reach it is
    tried again after ever longer pauses, up to a second; the log tells when it went and when it is
    back. A look that takes over `late_s` is counted as out of reach: a database may hang without
    saying so.

    A store that went back, to a backup or to a standby that lacks the last commits, is loaded anew.
    Numbers alone would not tell it once it has been written to again: so the log's entry that was
    seen last is remembered, and looked for with the next changes.
    """

    def __init__(
        self,
        source: ChangeSource,
        index: LiveIndex,
        poll_s: float = POLL_S,
        late_s: float = LATE_S,
        *,
        seen: Change | None = None,
    ) -> None:
        """`seen` is the log's entry that `index` came to, where there is one and it is known."""
        self._source = source
        self._index = index
        self._poll_s = poll_s
        self._late_s = late_s
        self._stop = threading.Event()
        self._compact = threading.Event()
        self._followed_at = time.monotonic()
        self._lost_at: float | None = None
        self._last_in_store = index.catalog_version
        self._seen = seen
        self._threads = [
            threading.Thread(target=self._follow, name="follow", daemon=True),
            threading.Thread(target=self._compact_when_due, name="compact", daemon=True),
        ]

    def start(self) -> None:
        """Begin to follow; returns at once."""
        self._followed_at = time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; returns when they have ended."""
        self._stop.set()
        self._compact.set()
        for thread in self._threads:
            thread.join()

    @property
    def alive(self) -> bool:
        """Whether both threads run."""
        return all(thread.is_alive() for thread in self._threads)

    @property
    def out_of_reach_s(self) -> float:
        """Seconds since the log was last followed; 0 while it can be."""
        since_s = time.monotonic() - self._followed_at
        late = since_s > self._poll_s + self._late_s
        return since_s if late or self._lost_at is not None else 0.0

    @property
    def behind_changes(self) -> int:
        """Changes that the store had, and the index has not, at the last look at the log."""
        return max(0, self._last_in_store - self._index.catalog_version)

    def catch_up(self) -> None:
        """Take over all changes up to the end of the log. Raises: UnavailableError."""
        while self._took_over_changes():
            self._followed_at = time.monotonic()
        self._followed_at = time.monotonic()

    def _took_over_changes(self) -> bool:
        """Take over the next changes; whether there were any."""
        last, version = self._source.last_change(), self._index.catalog_version
        self._last_in_store = 0 if last is None else last.seq
        if self._last_in_store == version and self._seen in (None, last):
            self._seen = last
            return False
        ahead = self._last_in_store > version
        changes = self._source.changes_since(version, self._seen) if ahead else None
        if changes is None or changes.catalog_version < version:
            _log.warning(
                "the store went back, loading anew: change %d is not in it as it was seen, "
                "and the last one is %d",
                version,
                self._last_in_store,
            )
            anew = self._source.load()
            self._index.replace(index_of(anew))
            self._seen = anew.last
            return True
        self._index.apply(changes)
        self._seen = changes.last or self._seen
        if self._index.needs_compaction:
            self._compact.set()
        return True

    def _follow(self) -> None:
        pause_s = self._poll_s
        while not self._stop.wait(pause_s):
            try:
                self.catch_up()
            except Exception as error:
                # Whatever it is, the thread lives on: dead, it would leave the shard behind for
                # good, and nobody would see it.
                pause_s = min(2 * pause_s, max(_LONGEST_PAUSE_S, self._poll_s))
                self._lost(error)
            else:
                pause_s = self._poll_s
                self._found()

    def _lost(self, error: Exception) -> None:
        if self._lost_at is not None:
            return
        self._lost_at = self._followed_at
        unforeseen = None if isinstance(error, UnavailableError) else error
        _log.warning(
            "can't follow the store, answering with change %d: %s",
            self._index.catalog_version,
            error,
            exc_info=unforeseen,
        )

    def _found(self) -> None:
        if self._lost_at is not None:
            _log.warning(
                "following the store again after %.1f s, at change %d",
                time.monotonic() - self._lost_at,
                self._index.catalog_version,
            )
            self._lost_at = None

    def _compact_when_due(self) -> None:
        while self._compact.wait() and not self._stop.is_set():
            self._compact.clear()
            while self._compacted_one_step():
                pass

    def _compacted_one_step(self) -> bool:
        """Whether there was something to join, once no other index of the process is compacted."""
        with _COMPACTING:
            return not self._stop.is_set() and self._index.compact()


def index_of(part: LoadedShard | ShardSlice) -> ExactIndex:
    """The index of a loaded shard, taken over, or slice."""
    if isinstance(part, LoadedShard):
        return part.index()
    return ExactIndex.build(part.features, part.products, part.catalog_version)


def load_when_reached(source: ChangeSource, patience_s: float = _LOAD_PATIENCE_S) -> LoadedShard:
    """The shard, as soon as the store is there.

    Raises:
        UnavailableError: it was not within `patience_s`.
    """
    give_up_at = time.monotonic() + patience_s
    while True:
        try:
            return source.load()
        except UnavailableError as error:
            if time.monotonic() > give_up_at:
                raise
            _log.warning("waiting for the store: %s", error)
            time.sleep(_LONGEST_PAUSE_S)
