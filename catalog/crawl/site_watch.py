"""Whether a site still answers: one that is down, or wants to be left alone, ends the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request, exceptions
from scrapy.http import Response

AWAY_STATUSES: Final = frozenset({429, 502, 503, 504, *range(520, 525), 530})
"""Answers of a site that is away, from 520 on by Cloudflare, which stands before it.

Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/"""
_AWAY_ERRORS: Final = (
    exceptions.CannotResolveHostError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.DownloadFailedError,
    exceptions.DownloadTimeoutError,
)
_OK: Final = 200
_IN_A_ROW: Final = 5


@dataclass(slots=True)
class _Host:
    """How many pages of a host failed, with no answer in between, and after how many to ask."""

    last_page: str | None = None
    failed: int = 0
    patience: int = _IN_A_ROW


class SiteWatch:
    """Counts pages of each host that fail, with no answer in between.

    After so many of them the site is `in_doubt`: a page that was answered before is asked for, and
    `is_asking` until it is `decided`. If that fails too, the site is away: all that waits is left
    to the next run. If not, only a part of it is broken, and the next doubt takes twice as many.
    """

    def __init__(self) -> None:
        self.is_away = False
        self.in_doubt = False
        self.is_asking = False
        self._hosts: dict[str, _Host] = {}
        self._doubted = _Host()

    def question(self) -> str | None:
        """What to ask for in doubt: the host's page that was answered last in this run, if any."""
        self.is_asking = True
        return self._doubted.last_page

    def failed(self, url: str) -> None:
        """A page was answered as by a site that is away, or not at all."""
        host = self._host_of(url)
        host.failed += 1
        if host.failed >= host.patience and not self.in_doubt:
            self.in_doubt, self._doubted = True, host

    def answered(self, url: str, status: int) -> None:
        """A page was answered in any other way."""
        host = self._host_of(url)
        host.failed, host.patience = 0, _IN_A_ROW
        if status == _OK:
            host.last_page = url

    def decided(self, status: int | None) -> None:
        """The page that was asked for in doubt was answered so; None for not at all."""
        host, self.in_doubt, self.is_asking = self._doubted, False, False
        host.patience = max(_IN_A_ROW, 2 * host.failed)
        if host.failed and (status is None or status in AWAY_STATUSES):
            self.lost()

    def lost(self) -> None:
        """Nothing may be asked of the site."""
        self.is_away = True

    def _host_of(self, url: str) -> _Host:
        return self._hosts.setdefault(urlsplit(url).netloc, _Host())


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
        if "page" in request.meta and response.status in AWAY_STATUSES:
            self._watch.failed(request.url)
        elif "page" in request.meta:
            self._watch.answered(request.url, response.status)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Note that a page was not answered."""
        if "page" in request.meta and isinstance(exception, _AWAY_ERRORS):
            self._watch.failed(request.url)
