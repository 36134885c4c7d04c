"""Where a crawl's products go: into the store, page by page, before the page counts as done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from catalog.crawl.frontier import Frontier
from catalog.crawl.report import CrawlReport
from catalog.store import CatalogStore
from lookalike.products import Product


@dataclass(frozen=True, slots=True)
class _DonePage:
    page_id: int
    products: Sequence[Product]


class ProductSink:
    """Writes products in batches: what came in while one was written makes the next.

    A page is noted as done after its products' commit, so a kill loses no product of a page that
    is not fetched again.
    """

    def __init__(
        self, store: CatalogStore, frontier: Frontier, report: CrawlReport, pool: Executor
    ) -> None:
        self._store = store
        self._frontier = frontier
        self._report = report
        self._pool = pool
        self._waiting: list[_DonePage] = []
        self._writing = False

    async def put(self, page_id: int, products: Sequence[Product]) -> None:
        """Let a page's products go into the store, and the page be done after them.

        A product without a picture keeps the one that the store has. Returns early while another
        call writes: that one takes these along.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the store can't be written.
        """
        self._waiting.append(_DonePage(page_id, products))
        if self._writing:
            return
        self._writing = True
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write(batch)
        finally:
            self._writing = False

    async def _write(self, batch: Sequence[_DonePage]) -> None:
        products = {p.id: p for page in batch for p in page.products}
        if products:
            loop = asyncio.get_running_loop()
            new, changed = await loop.run_in_executor(
                self._pool, self._commit, list(products.values())
            )
            self._report.new += new
            self._report.changed += changed
            self._report.unchanged += len(products) - new - changed
        self._frontier.finish([page.page_id for page in batch])

    def _commit(self, products: list[Product]) -> tuple[int, int]:
        """How many of them were new, and how many others differed."""
        known = self._store.existing_ids(p.id for p in products)
        written = self._store.put_products(products, keeps_images=True)
        # Somebody else may have put, in between, the very products that were missing.
        new = min(len(products) - len(known), written)
        return new, written - new
