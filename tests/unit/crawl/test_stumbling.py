"""A page that the crawler itself could not handle."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, cast

from catalog.crawl.frontier import Frontier
from catalog.crawl.report import CrawlReport
from catalog.crawl.spider import CrawlJob
from catalog.crawl.start_pages import StartPages


def test_a_page_that_is_stumbled_over_is_done_and_keeps_no_product_from_others(
    tmp_path: Path,
) -> None:
    nothing = cast(Any, None)
    with closing(Frontier(tmp_path / "frontier.sqlite")) as frontier:
        job = CrawlJob(
            plan=nothing,
            starts=StartPages(()),
            frontier=frontier,
            report=CrawlReport(),
            traps=nothing,
            sink=nothing,
            pictures=nothing,
            on_progress=nothing,
            robots_troubles={},
        )
        frontier.add(["https://shop.example/1"], 0)
        page = frontier.take()
        assert page is not None
        frontier.claim_product("A", page.id)
        job.stumbled_over(page)
        assert frontier.count("done") == 1
        assert frontier.done_products() == []
        assert frontier.claim_product("A", page.id + 1)
        assert job.report.left_out
