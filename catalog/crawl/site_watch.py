"""Whether a site still answers: one that is down, or wants to be left alone, ends the run."""

from __future__ import annotations

from typing import Any, Final

from scrapy import Request, exceptions
from scrapy.http import Response

from catalog.crawl.frontier import Page

_AWAY_STATUSES: Final = frozenset({429, 502, 503, 504})
_AWAY_ERRORS: Final = (
    exceptions.CannotResolveHostError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.DownloadFailedError,
    exceptions.DownloadTimeoutError,
)
_IN_A_ROW: Final = 5


class SiteWatch:
    """Counts pages that fail at their first try, with no answer in between.

    After so many of them the site is away: they wait for the next run, with all others. Pages that
    are tried again prove nothing: they come one after the other, behind all that were not tried.
    """

    def __init__(self) -> None:
        self.is_away = False
        self._in_a_row = 0

    def failed(self, page: Page) -> None:
        """A page was answered as by a site that is away, or not at all."""
        if page.tries == 0:
            self._in_a_row += 1
            self.is_away = self.is_away or self._in_a_row >= _IN_A_ROW

    def answered(self) -> None:
        """A page was answered in any other way."""
        self._in_a_row = 0

    def lost(self) -> None:
        """Nothing may be asked of the site."""
        self.is_away = True


class WatchAnswers:
    """Tells the spider's watch of each try of a page, those that Scrapy makes again included."""

    def __init__(self, watch: SiteWatch) -> None:
        self._watch = watch

    @classmethod
    def from_crawler(cls, crawler: Any) -> WatchAnswers:
        """The middleware, for the watch of the spider's job."""
        return cls(crawler.spider.job.watch)

    def process_response(self, request: Request, response: Response) -> Response:
        """Note what a page was answered."""
        page = request.meta.get("page")
        if page is not None and response.status in _AWAY_STATUSES:
            self._watch.failed(page)
        elif page is not None:
            self._watch.answered()
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Note that a page was not answered."""
        page = request.meta.get("page")
        if page is not None and isinstance(exception, _AWAY_ERRORS):
            self._watch.failed(page)
