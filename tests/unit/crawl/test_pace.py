"""A shop's server is asked no faster than the crawler promises, or than its robots.txt asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from scrapy import Request, signals
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.robotstxt import ProtegoRobotParser
from scrapy.utils.test import get_crawler

from catalog.crawl.plan import CrawlPlan, Politeness
from catalog.crawl.scrapy_settings import scrapy_settings
from catalog.crawl.site import Site
from catalog.crawl.site_watch import SiteWatch
from catalog.crawl.spider import ShopSpider

START = "https://shop.example/"
CDN = "https://cdn.example/a.png"


@contextmanager
def opened(delay_s: float) -> Iterator[Crawler]:
    """A crawl with its settings, extensions and downloader, that sends nothing."""
    plan = CrawlPlan((START,), Site.of(START), politeness=Politeness(delay_s))
    offline = {"DOWNLOAD_HANDLERS": {"http": None, "https": None}}
    crawler = get_crawler(ShopSpider, {**scrapy_settings(plan, []), **offline})
    crawler.spider = SimpleNamespace(job=SimpleNamespace(robots_troubles={}, watch=SiteWatch()))
    downloader = Downloader(crawler)
    crawler.engine = SimpleNamespace(downloader=downloader)
    crawler.signals.send_catch_log(signals.spider_opened, spider=crawler.spider)
    try:
        yield crawler
    finally:
        downloader.close()


def slot_of(crawler: Crawler, url: str) -> Slot:
    """Where Scrapy queues requests to the host of an address."""
    return crawler.engine.downloader._get_slot(Request(url))[1]


def answered(crawler: Crawler, url: str, latency_s: float) -> None:
    """A page came."""
    request = Request(url)
    key = crawler.engine.downloader.get_slot_key(request)
    request.meta.update({"download_slot": key, "download_latency": latency_s})
    crawler.signals.send_catch_log(
        signals.response_downloaded,
        response=Response(url),
        request=request,
        spider=crawler.spider,
    )


def read_robots(crawler: Crawler, url: str, text: str) -> None:
    """The robots.txt of an address's host came, that had to be read before the address."""
    crawler.signals.send_catch_log(
        signals.robots_parsed,
        robotparser=ProtegoRobotParser.from_crawler(crawler, text.encode()),
        request=Request(url),
    )


@pytest.mark.parametrize("delay_s", [0.5, 120.0])
async def test_the_delay_is_never_less_than_promised(delay_s: float) -> None:
    with opened(delay_s) as crawler:
        slot = slot_of(crawler, START)
        assert {slot.download_delay() for _ in range(20)} == {delay_s}
        answered(crawler, START, latency_s=0.01)
        assert slot.download_delay() == delay_s


async def test_a_robots_txt_that_asks_for_time_gets_it_from_the_next_page_on() -> None:
    with opened(0.5) as crawler:
        slot = slot_of(crawler, START)
        read_robots(crawler, START, "User-agent: *\nCrawl-delay: 7\n")
        assert slot.delay == 7
        answered(crawler, START, latency_s=0.01)
        assert slot.delay == 7


async def test_a_host_whose_slot_scrapy_has_forgotten_keeps_its_delay() -> None:
    with opened(0.5) as crawler:
        read_robots(crawler, CDN, "User-agent: *\nCrawl-delay: 7\n")
        assert slot_of(crawler, CDN).delay == 7


@pytest.mark.parametrize(
    ("delay_s", "asked", "held_s"), [(0.5, "3600", 60.0), (120.0, "10", 120.0), (0.5, "0", 0.5)]
)
async def test_a_robots_txt_gets_a_minute_at_most_and_never_makes_it_faster(
    delay_s: float, asked: str, held_s: float
) -> None:
    with opened(delay_s) as crawler:
        slot = slot_of(crawler, START)
        read_robots(crawler, START, f"User-agent: lookalike\nCrawl-delay: {asked}\n")
        assert slot.delay == held_s
