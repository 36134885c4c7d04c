"""What Scrapy leaves open about robots.txt: who heeds it, one that can't be read, one that asks
for time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response, TextResponse

from catalog.crawl.downloads import failure_reason
from catalog.crawl.plan import ROBOTS_NAME

_NOTHING_ALLOWED: Final = b"User-agent: *\nDisallow: /\n"
_TOO_MANY: Final = 429
"""Of what is no file a crawler may ask all; one who is to wait has not been told so."""
_BETWEEN_RULES: Final = re.compile(r"[\s,]+")
_LONGEST_DELAY_S: Final = 60.0


class HeededRobots(RobotsTxtMiddleware):  # type: ignore[misc]
    """Has all pages heed a robots.txt that waited for it together.

    Scrapy 2.19 tells the first of them what is in it, and the others nothing, which allows all.
    """

    async def robot_parser(self, request: Request) -> Any:
        """What the robots.txt of the request's host says."""
        await super().robot_parser(request)
        return await super().robot_parser(request)  # it is there now, and nobody waits


class UnreadableRobots:
    """A site whose robots.txt can't be read at the moment is not crawled.

    `troubles` says what is the matter with it, by the host and port of the site.
    Source: RFC 9309, 2.3.1.4.
    """

    def __init__(self, troubles: dict[str, str]) -> None:
        self._troubles = troubles

    @classmethod
    def from_crawler(cls, crawler: Any) -> UnreadableRobots:
        """The middleware, noting troubles where the spider's job looks for them."""
        return cls(crawler.spider.job.robots_troubles)

    def process_response(self, request: Request, response: Response) -> Response:
        """Take a server's failure to give its robots.txt, or a "not now", as a refusal."""
        if _is_robots(request) and (response.status >= 500 or response.status == _TOO_MANY):
            self._note(request, f"is answered {response.status}")
            return response.replace(body=_NOTHING_ALLOWED)
        return response

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """Take a robots.txt that can't be had as a refusal."""
        if not _is_robots(request):
            return None
        self._note(request, failure_reason(exception))
        return TextResponse(request.url, body=_NOTHING_ALLOWED, request=request)

    def _note(self, request: Request, trouble: str) -> None:
        asked_first = request.meta.get("redirect_urls", [request.url])[0]
        self._troubles[urlsplit(asked_first).netloc] = trouble


def is_refusal(error: BaseException) -> bool:
    """Whether robots.txt kept a request from being sent; Scrapy ignores some answers as well."""
    return isinstance(error, IgnoreRequest) and "robots.txt" in str(error)


def is_unread(url: str, troubles: Mapping[str, str]) -> bool:
    """Whether a page's robots.txt could not be read, rather than forbids it."""
    return urlsplit(url).netloc in troubles


def refusal(url: str, troubles: Mapping[str, str]) -> str:
    """Why robots.txt kept a page or picture from being fetched, as the end of a sentence."""
    trouble = troubles.get(urlsplit(url).netloc)
    if trouble is None:
        return "is forbidden by robots.txt"
    return f"is left alone, for the robots.txt there {trouble}"


def forbids_following(page: Response) -> bool:
    """Whether a page's robots tag says `nofollow`, or `none`, which is that and `noindex`."""
    tags = (tag.attrib for tag in page.css("meta[name][content]"))
    contents = (t["content"].lower() for t in tags if t["name"].strip().lower() == "robots")
    return any({"nofollow", "none"} & set(_BETWEEN_RULES.split(c)) for c in contents)


class CrawlDelay:
    """Holds the pace that a robots.txt asks for (`Crawl-delay`), a minute at most."""

    def __init__(self, crawler: Any) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> CrawlDelay:
        """The extension, listening for robots.txt files."""
        extension = cls(crawler)
        crawler.signals.connect(extension.robots_parsed, signal=signals.robots_parsed)
        return extension

    def robots_parsed(self, robotparser: Any, request: Request) -> None:
        """Raise the least delay to what the file asks for, from the host's next request on."""
        asked = robotparser.crawl_delay(ROBOTS_NAME)
        throttle = self._crawler.get_extension(AutoThrottle)
        if not asked or throttle is None:
            return
        throttle.mindelay = max(throttle.mindelay, min(float(asked), _LONGEST_DELAY_S))
        # AutoThrottle looks at it after the next answer only, by when the next request is out.
        downloader = self._crawler.engine.downloader
        host = downloader.get_slot_key(request)
        if slot := downloader.slots.get(host):
            slot.delay = max(slot.delay, throttle.mindelay)
        # A host that is not asked for a minute gets a new slot.
        downloader.per_slot_settings[host] = {"delay": throttle.mindelay}


def _is_robots(request: Request) -> bool:
    return bool(request.meta.get("dont_obey_robotstxt"))
