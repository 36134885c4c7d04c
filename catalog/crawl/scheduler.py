"""Scrapy's queue of requests, held by the frontier instead of Scrapy's own files."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any, Final

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from catalog.crawl.frontier import Page
from catalog.crawl.report import Why
from catalog.crawl.site import page_key, page_url

if TYPE_CHECKING:
    from catalog.crawl.spider import ShopSpider

_MAX_TRIES: Final = 5


class FrontierScheduler(BaseScheduler):  # type: ignore[misc]
    """Hands out pages until none is left, the page limit is reached or the site is away.

    Requests that come in are retries and redirects of pages taken before: new pages are put into
    the frontier by the spider.
    """

    _spider: ShopSpider

    def open(self, spider: Any) -> None:
        """Begin with the spider's frontier."""
        self._spider = spider

    def has_pending_requests(self) -> bool:
        """Whether this run has another page to fetch."""
        job = self._spider.job
        if job.broken_store is not None or job.watch.is_away:
            return False
        if job.report.pages >= job.plan.limits.max_pages:
            return False
        return job.frontier.has_waiting()

    def next_request(self) -> Request | None:
        """The request of the page whose turn it is."""
        try:
            return self._next_request()
        except sqlite3.Error as error:
            self._spider.stop_for(error)
            return None

    def enqueue_request(self, request: Request) -> bool:
        """Take a retry or a redirect back; False where the redirect leads to a known page."""
        page: Page = request.meta["page"]
        target = page_url(request.url)
        if page_key(target) != page_key(page.url):
            return self._redirect(page, target)
        job = self._spider.job
        if page.tries >= _MAX_TRIES:
            job.leave_out(page, Why.PAGE, "redirects to itself")
            job.frontier.finish([page.id])
            return False
        job.frontier.put_back(page, target)
        return True

    def _redirect(self, page: Page, target: str) -> bool:
        job = self._spider.job
        job.frontier.finish([page.id])
        if not job.plan.site.covers(target):
            job.leave_out(page, Why.OFF_SITE, f"redirects to {target}")
            return False
        if page.depth > 0:
            return bool(self._spider.follow([target], page.depth + 1, page.url))
        # Where the start leads to is the start, and so whatever the plan follows.
        if not job.starts.lead_on(page.url, target):
            job.leave_out(page, Why.PAGE, "leads from one address to the next without end")
            return False
        return bool(job.frontier.add([target], 0))

    def _next_request(self) -> Request | None:
        job = self._spider.job
        while self.has_pending_requests():
            if job.watch.in_doubt:
                return self._question()
            page = job.frontier.take()
            if page is None:
                return None
            if job.traps.is_closed(page.url):
                job.leave_out(page, Why.TRAP, "is like 50 others that led nowhere")
                job.frontier.finish([page.id])
                continue
            job.report.pages += 1
            return self._request(page)
        return None

    def _question(self) -> Request | None:
        """A page that was answered before; all others wait until the doubt is decided."""
        job = self._spider.job
        if job.watch.is_asking:
            return None
        return Request(
            job.watch.question() or job.frontier.starts()[-1],
            callback=self._spider.doubt_answered,
            errback=self._spider.doubt_failed,
            meta={"dont_retry": True, "dont_redirect": True, "handle_httpstatus_all": True},
        )

    def _request(self, page: Page) -> Request:
        return Request(
            page.url,
            callback=self._spider.parse,
            errback=self._spider.page_failed,
            meta={"page": page, "retry_times": page.tries},
        )
