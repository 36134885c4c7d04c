"""A crawl's counts are right beside others who write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from catalog.crawl.frontier import Frontier
from catalog.crawl.report import CrawlReport
from catalog.crawl.sink import ProductSink
from catalog.database import open_engine
from catalog.store import CatalogStore
from tests.unit.catalog.making import product


class _SharedStore(CatalogStore):
    """A store into which another writer puts "a" as soon as somebody has looked what is there."""

    def existing_ids(self, product_ids: Iterable[str]) -> set[str]:
        """What was there before the other wrote."""
        known = super().existing_ids(product_ids)
        self.put_products([product("a")])
        return known


def test_a_product_that_another_writer_puts_meanwhile_is_not_counted_as_new(
    tmp_path: Path,
) -> None:
    report = CrawlReport()
    with (
        _SharedStore(open_engine(f"sqlite:///{tmp_path / 'catalog.sqlite'}")) as store,
        closing(Frontier(tmp_path / "frontier.sqlite")) as frontier,
        ThreadPoolExecutor(1) as pool,
    ):
        sink = ProductSink(store, frontier, report, pool)
        asyncio.run(sink.put(1, [product("a")]))
        assert (report.new, report.changed, report.unchanged) == (0, 0, 1)
        asyncio.run(sink.put(2, [product("a", title="other"), product("b")]))
        assert (report.new, report.changed, report.unchanged) == (1, 1, 1)
