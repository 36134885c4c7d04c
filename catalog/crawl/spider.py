"""The spider: what is made of each page that comes in."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from scrapy import Spider
from scrapy.http import HtmlResponse, Response
from scrapy.linkextractors import LinkExtractor
from scrapy.spidermiddlewares.httperror import HttpError
from sqlalchemy.exc import SQLAlchemyError

from catalog.crawl.downloads import failure_reason
from catalog.crawl.frontier import Frontier, Page
from catalog.crawl.listings import listing_of
from catalog.crawl.page_product import PageProduct
from catalog.crawl.page_products import PageReading, read_page
from catalog.crawl.pictures import PictureError, PictureFetcher
from catalog.crawl.plan import CrawlPlan
from catalog.crawl.report import CrawlReport, Why
from catalog.crawl.robots import forbids_following, is_refusal, is_unread, refusal
from catalog.crawl.sink import ProductSink
from catalog.crawl.site import Site, is_absurd, page_key, page_url
from catalog.crawl.site_watch import SiteWatch
from catalog.crawl.start_pages import StartPages
from catalog.crawl.traps import TrapGuard
from catalog.importers.cells import shown
from catalog.importers.listing import Listing, RowError
from lookalike.products import Product

STORE_ERRORS: Final = (SQLAlchemyError, sqlite3.Error, OSError)
"""What the store, the image folder and the frontier raise when they take no more."""

_NOT_THERE: Final = frozenset({404, 410})
_OF_THE_SITE: Final = frozenset({Why.PAGE, Why.ROBOTS_UNREAD})
"""What a page is left out for that may be no fault of its own, but of the site that is away."""


@dataclass(slots=True)
class CrawlJob:
    """A crawl at work: its plan, what it knows, and where its products go.

    `broken_store` is the error that made it stop, None while the store takes products.
    """

    plan: CrawlPlan
    starts: StartPages
    frontier: Frontier
    report: CrawlReport
    traps: TrapGuard
    sink: ProductSink
    pictures: PictureFetcher
    on_progress: Callable[[CrawlReport], None]
    robots_troubles: dict[str, str]
    watch: SiteWatch = field(default_factory=SiteWatch)
    broken_store: Exception | None = None

    def leave_out(self, page: Page, why: Why, reason: str) -> None:
        """Note a page that was left out, and whether the crawl was to begin with it."""
        self.report.leave_out(why, page.url, reason)
        self.report.starts_left_out += page.url in self.starts

    def stumbled_over(self, page: Page) -> None:
        """Note a page that the crawler itself could not handle; the log has the traceback."""
        self.leave_out(page, Why.PAGE, "could not be understood")
        self.frontier.give_up(page)


class ShopSpider(Spider):  # type: ignore[misc]
    """Reads pages of one site: products into the store, links into the frontier."""

    name = "lookalike"
    job: CrawlJob

    async def start(self) -> AsyncIterator[Any]:
        """Put the start pages into the frontier; the scheduler hands them out."""
        self.job.frontier.add(map(page_url, self.job.plan.start_urls), 0)
        no_requests: tuple[Any, ...] = ()
        for request in no_requests:
            yield request

    async def parse(self, response: Response) -> None:
        """Take a page's products and links."""
        page: Page = response.meta["page"]
        try:
            await self._take(page, response)
        except STORE_ERRORS as error:
            self.stop_for(error)
        self.job.on_progress(self.job.report)

    def page_failed(self, failure: Any) -> None:
        """Note a page that could not be had."""
        page: Page = failure.request.meta["page"]
        error, why, reason = failure.value, Why.PAGE, ""
        if isinstance(error, HttpError):
            status = error.response.status
            why = Why.NOT_FOUND if status in _NOT_THERE else Why.PAGE
            reason = f"is answered {status}"
        elif is_refusal(error):
            troubles = self.job.robots_troubles
            why = Why.ROBOTS_UNREAD if is_unread(page.url, troubles) else Why.ROBOTS
            reason = refusal(page.url, troubles)
            self.job.report.pages -= 1  # it was never asked for
            if why is Why.ROBOTS_UNREAD:
                self._stop_if_of_the_start(page)
        self.job.leave_out(page, why, reason or failure_reason(error))
        if why not in _OF_THE_SITE or not self.job.watch.is_away:  # else the next run takes it
            self.job.frontier.finish([page.id])
        self.job.on_progress(self.job.report)

    def doubt_answered(self, response: Response) -> None:
        """Take what a page that was had before is answered where many fail."""
        self.job.watch.decided(response.status)

    def doubt_failed(self, _failure: Any) -> None:
        """Note that it is not answered."""
        self.job.watch.decided(None)

    def _stop_if_of_the_start(self, page: Page) -> None:
        """End the run: nothing may be asked of the site, and its pages are not to be used up."""
        if Site.of(page.url) in map(Site.of, self.job.frontier.starts()):
            self.job.watch.lost()

    def follow(self, urls: Iterable[str], depth: int, from_url: str) -> list[str]:
        """Put links that this crawl wants into the frontier; returns those not known before."""
        job = self.job
        wanted = {page_url(u): None for u in urls if job.plan.wants(u) and not is_absurd(u)}
        open_urls = [u for u in wanted if not job.traps.is_closed(u)]
        if depth > job.plan.limits.max_depth:
            if open_urls:
                job.report.leave_out(Why.DEPTH, from_url, f"links on to {len(open_urls)} pages")
            return []
        return job.frontier.add(open_urls, depth)

    async def _take(self, page: Page, response: Response) -> None:
        if not isinstance(response, HtmlResponse):
            self.job.leave_out(page, Why.PAGE, "is no HTML")
            self.job.frontier.finish([page.id])
            return
        plan = self.job.plan
        reading = read_page(response.text, response.url, plan.selectors, plan.currency)
        for problem in reading.broken:
            self.job.report.leave_out(Why.MARKUP, page.url, problem)
        repeated = not reading.products and self.job.traps.is_repeated(response.body)
        new = [] if repeated else self._follow_links(page, response, reading)
        self.job.traps.note(page.url, has_products=bool(reading.products), new_urls=new)
        if page_key(reading.canonical_url) != page_key(response.url) and reading.products:
            self.job.frontier.skip(page_url(reading.canonical_url), page.depth)
        products = [p for found in reading.products if (p := await self._product(page, found))]
        await self.job.sink.put(page.id, products)

    def _follow_links(self, page: Page, response: Response, reading: PageReading) -> list[str]:
        if forbids_following(response):
            return []
        links = LinkExtractor(tags=("a", "area"), unique=True).extract_links(response)
        onward = [link.url for link in links if not link.nofollow] + reading.product_links
        # Page 200 of a category is no deeper than page 1.
        next_pages = [
            response.urljoin(u) for u in response.css('[rel~="next"]::attr(href)').getall()
        ]
        return [
            *self.follow(next_pages, page.depth, page.url),
            *self.follow(onward, page.depth + 1, page.url),
        ]

    async def _product(self, page: Page, found: PageProduct) -> Product | None:
        """The product, its picture in the image folder; None for one that is left out."""
        job = self.job
        try:
            listing = listing_of(found, job.plan)
        except RowError as error:
            job.report.leave_out(Why.PRODUCT, found.url, error.message)
            return None
        if not job.frontier.claim_product(listing.id, page.id):
            job.report.leave_out(Why.DUPLICATE, found.url, f"is product {listing.id} again")
            return None
        return await self._with_picture(listing, found)

    async def _with_picture(self, listing: Listing, found: PageProduct) -> Product:
        """The product with its picture; one that can't be had now is left to what is stored."""
        job, url = self.job, listing.image_url
        try:
            image_key = await job.pictures.key_of(url)
        except PictureError as error:
            reason = f"{url} {error}" if url else str(error)
            if url is None and found.picture_urls:
                reason = f"{shown(found.picture_urls[0])} is at no usable address"
            job.report.leave_out(Why.PICTURE, found.url, f"picture {reason}")
            return listing.product(None)
        job.report.pictures_fetched = job.pictures.fetched
        return listing.product(image_key)

    def stop_for(self, error: Exception) -> None:
        """End the crawl: the store takes no more. The page is fetched again by the next run."""
        if self.job.broken_store is None:
            self.job.broken_store = error
            self._closing = asyncio.ensure_future(
                self.crawler.engine.close_spider_async(reason="the store takes no more")
            )
