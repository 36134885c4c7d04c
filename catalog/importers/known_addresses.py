"""Which picture each address gave."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path


class KnownAddresses:
    """The key that each address gave, in a small SQLite file beside the catalogue."""

    def __init__(self, path: Path) -> None:
        """The file is made if new; used by several threads."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA busy_timeout = 30000")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS fetched (url TEXT PRIMARY KEY, image_key TEXT NOT NULL)"
        )

    def get(self, url: str) -> str | None:
        """The key that an address gave, if any."""
        with self._lock:
            query = "SELECT image_key FROM fetched WHERE url = ?"
            row = self._database.execute(query, (url,)).fetchone()
        return None if row is None else str(row[0])

    def put(self, url: str, key: str) -> None:
        """Remember it, in place of what the address gave before."""
        with self._lock:
            self._database.execute("REPLACE INTO fetched VALUES (?, ?)", (url, key))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
