"""Which ids a file has brought already, without holding them in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence


class SeenIds:
    """Ids with the row that each came in first; on disk beyond a few megabytes, gone at the end."""

    def __init__(self) -> None:
        # SQLite keeps a database without a name in its page cache, and what does not fit there
        # in a temporary file.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA cache_size = -16000")
        self._database.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, row INTEGER NOT NULL) WITHOUT ROWID"
        )

    def first_rows(self, rows: Sequence[tuple[str, int]]) -> list[int]:
        """For each (id, row number) the row that the id came in first: its own if it is new."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
        found = [
            self._database.execute("SELECT row FROM seen WHERE id = ?", (i,)).fetchone()[0]
            for i, _ in rows
        ]
        self._database.execute("COMMIT")
        return found

    def add(self, rows: Iterable[tuple[str, int]]) -> None:
        """Remember (id, row number) pairs."""
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
        self._database.execute("COMMIT")

    def told(self, ids: Iterable[str]) -> Iterator[tuple[str, bool]]:
        """Each of the ids, and whether it came."""
        asked = "SELECT 1 FROM seen WHERE id = ?"
        for i in ids:
            yield i, self._database.execute(asked, (i,)).fetchone() is not None

    def close(self) -> None:
        """Forget all of them."""
        self._database.close()

    def __enter__(self) -> SeenIds:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
