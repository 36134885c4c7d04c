"""What a crawl knows of a site, kept in a file: pages to fetch and fetched, pictures, products.

Every step is committed before the crawl relies on it, so that a crawl that is killed goes on where
it was: a page counts as done only when its products are in the store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from catalog.crawl.site import page_key

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS pages (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    depth INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting'
);
CREATE INDEX IF NOT EXISTS pages_by_turn ON pages (state, tries, depth, id);
CREATE TABLE IF NOT EXISTS pictures (
    url TEXT PRIMARY KEY,
    image_key TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    crawl INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS listed (
    product_id TEXT PRIMARY KEY,
    page_id INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terms (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crawl (number INTEGER NOT NULL);
INSERT INTO crawl SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM crawl);
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page whose turn it is; `depth` counts links from the start, `tries` failed attempts."""

    id: int
    url: str
    depth: int
    tries: int


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """A picture fetched earlier; `fresh` says that it was in this very crawl."""

    image_key: str
    etag: str | None
    last_modified: str | None
    fresh: bool


class Frontier:
    """The pages of one site, each fetched once a crawl, those near the start first.

    A crawl lasts until nothing is waiting, over any number of runs. The next run then begins a
    new one, that fetches all pages anew but knows the pictures. Used from one thread.
    """

    def __init__(self, path: Path) -> None:
        """Open or make the file; pages that a killed run had taken wait again.

        Raises:
            sqlite3.Error: the file can't be opened, or is none of these.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing; a power cut the last pages, that are fetched again.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)
        self._db.execute("UPDATE pages SET state = 'waiting' WHERE state = 'taken'")
        self.resumed = bool(self.count("waiting"))
        if not self.resumed:
            self.restart()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def restart(self) -> None:
        """Forget the pages: all of them are to be fetched again. Pictures stay known."""
        self.resumed = False
        self._db.executescript(
            "BEGIN; DELETE FROM pages; DELETE FROM listed; UPDATE crawl SET number = number + 1;"
            "COMMIT;"
        )

    def agree_on(self, terms: Mapping[str, str]) -> list[str]:
        """Have the crawl go by these terms; returns the names of those that it went by otherwise.

        Pages that were read by other terms are to be fetched again: if there are any, it begins
        anew. Terms that the release which began it did not note are taken to be the same.
        """
        before = dict(self._db.execute("SELECT name, value FROM terms"))
        others = [n for n, v in terms.items() if before.get(n, v) != v] if self.resumed else []
        if others:
            self.restart()
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM terms")
        self._db.executemany("INSERT INTO terms VALUES (?, ?)", terms.items())
        self._db.execute("COMMIT")
        return others

    def add(self, urls: Iterable[str], depth: int) -> list[str]:
        """Let pages wait that were not known yet; returns their addresses."""
        new = []
        self._db.execute("BEGIN")
        for url in urls:
            added = self._db.execute(
                "INSERT INTO pages (key, url, depth) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (page_key(url), url, depth),
            )
            if added.rowcount:
                new.append(url)
        self._db.execute("COMMIT")
        return new

    def starts(self) -> list[str]:
        """The addresses of the start, and those that it leads to, which come last."""
        query = "SELECT url FROM pages WHERE depth = 0 ORDER BY id"
        return [url for (url,) in self._db.execute(query)]

    def take(self) -> Page | None:
        """The page whose turn it is: never tried before others, then the nearest to the start."""
        row = self._db.execute(
            "UPDATE pages SET state = 'taken' WHERE id = (SELECT id FROM pages"
            " WHERE state = 'waiting' ORDER BY tries, depth, id LIMIT 1)"
            " RETURNING id, url, depth, tries"
        ).fetchall()
        return Page(*row[0]) if row else None

    def put_back(self, page: Page, url: str) -> None:
        """Let a page that failed wait again, under this address, behind those not tried yet."""
        self._db.execute(
            "UPDATE pages SET state = 'waiting', tries = tries + 1, url = ? WHERE id = ?",
            (url, page.id),
        )

    def finish(self, page_ids: Iterable[int]) -> None:
        """Note pages as done."""
        self._db.execute("BEGIN")
        self._db.executemany(
            "UPDATE pages SET state = 'done' WHERE id = ?", [(page_id,) for page_id in page_ids]
        )
        self._db.execute("COMMIT")

    def give_up(self, page: Page) -> None:
        """Note a page as done whose products are not stored: others may have them."""
        self._db.execute("BEGIN")
        self._db.execute("DELETE FROM listed WHERE page_id = ?", (page.id,))
        self._db.execute("UPDATE pages SET state = 'done' WHERE id = ?", (page.id,))
        self._db.execute("COMMIT")

    def skip(self, url: str, depth: int) -> None:
        """Note that a page need not be fetched, for it is known under another address."""
        self._db.execute(
            "INSERT INTO pages (key, url, depth, state) VALUES (?, ?, ?, 'done')"
            " ON CONFLICT (key) DO UPDATE SET state = 'done' WHERE state = 'waiting'",
            (page_key(url), url, depth),
        )

    def count(self, state: str) -> int:
        """How many pages are `waiting`, `taken` or `done`."""
        query = "SELECT count(*) FROM pages WHERE state = ?"
        return int(self._db.execute(query, (state,)).fetchone()[0])

    def has_waiting(self) -> bool:
        """Whether `take` would return a page."""
        query = "SELECT EXISTS (SELECT 1 FROM pages WHERE state = 'waiting')"
        return bool(self._db.execute(query).fetchone()[0])

    def picture(self, url: str) -> KnownPicture | None:
        """What is known of the picture at an address."""
        row = self._db.execute(
            "SELECT image_key, etag, last_modified, crawl = (SELECT number FROM crawl)"
            " FROM pictures WHERE url = ?",
            (url,),
        ).fetchone()
        return None if row is None else KnownPicture(row[0], row[1], row[2], bool(row[3]))

    def keep_picture(
        self, url: str, image_key: str, etag: str | None, last_modified: str | None
    ) -> None:
        """Remember where the picture at an address lies, and how to ask whether it changed."""
        self._db.execute(
            "REPLACE INTO pictures SELECT ?, ?, ?, ?, number FROM crawl",
            (url, image_key, etag, last_modified),
        )

    def claim_product(self, product_id: str, page_id: int) -> bool:
        """Let a product be a page's; False where another page of this crawl has it."""
        self._db.execute(
            "INSERT INTO listed VALUES (?, ?) ON CONFLICT DO NOTHING", (product_id, page_id)
        )
        query = "SELECT page_id FROM listed WHERE product_id = ?"
        return bool(self._db.execute(query, (product_id,)).fetchone()[0] == page_id)

    def done_products(self) -> list[str]:
        """Products of pages that are done: all of them were in the store then."""
        query = (
            "SELECT product_id FROM listed JOIN pages ON pages.id = page_id WHERE state = 'done'"
        )
        return [product_id for (product_id,) in self._db.execute(query)]

    def look_again_for(self, product_ids: Iterable[str]) -> None:
        """Let the pages of these products wait once more, behind those not tried yet.

        A page that still has its product claims it again; of one that has it no more, the product
        is none of this crawl's, and is not looked for at every run.
        """
        ids = [(product_id,) for product_id in product_ids]
        self._db.execute("BEGIN")
        self._db.executemany(
            "UPDATE pages SET state = 'waiting', tries = 1"
            " WHERE id = (SELECT page_id FROM listed WHERE product_id = ?)",
            ids,
        )
        self._db.executemany("DELETE FROM listed WHERE product_id = ?", ids)
        self._db.execute("COMMIT")
