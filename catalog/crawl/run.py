"""Runs a crawl in this process: Scrapy's engine, signals, and what is left behind at the end."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import signal
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler

from catalog.addresses import private_origin, proxies
from catalog.crawl.frontier import Frontier
from catalog.crawl.pictures import PictureFetcher
from catalog.crawl.plan import CrawlPlan
from catalog.crawl.report import CrawlReport, Ending
from catalog.crawl.scrapy_settings import scrapy_settings
from catalog.crawl.sink import ProductSink
from catalog.crawl.spider import CrawlJob, ShopSpider
from catalog.crawl.start_pages import StartPages
from catalog.crawl.traps import TrapGuard
from catalog.images import ImageFolder
from catalog.store import CatalogStore
from lookalike.contract.errors import UnavailableError

_ENDINGS: Final = {"finished": Ending.PAGE_LIMIT, "closespider_timeout": Ending.TIME_LIMIT}
"""Why pages are left when Scrapy closes for a reason of its own."""


@dataclass(frozen=True, slots=True)
class CrawlEvents:
    """What a crawl tells while it runs: its counts after each page, and the first Ctrl-C.

    `on_told` hears in a sentence why pages are fetched again, if they are. `within` is entered
    once nothing keeps the crawl from beginning, and left at its end.
    """

    on_told: Callable[[str], None]
    on_progress: Callable[[CrawlReport], None]
    on_stopping: Callable[[], None]
    within: AbstractContextManager[None]


def run_crawl(
    plan: CrawlPlan,
    store: CatalogStore,
    images: ImageFolder,
    state: Path,
    report: CrawlReport,
    events: CrawlEvents,
    *,
    restart: bool = False,
) -> None:
    """Crawl until nothing is left, the site is away, a limit, Ctrl-C or SIGTERM comes.

    `state` is the file in which the crawl remembers where it is; a run goes on from there unless
    `restart`, or the last one was of another store or other terms. Pages whose products the store
    has lost are fetched again. A second Ctrl-C ends at once. Once a process: Twisted's reactor
    starts only once.

    Raises:
        UnavailableError: the start host can't be found, the state file is in use or unreadable,
            or the store takes no more; what was stored before stays.
        sqlalchemy.exc.SQLAlchemyError: the store can't be asked for what it has.
    """
    # A proxy of the environment may be in the own network; it decides what is reached behind it.
    urls = [*plan.start_urls, *proxies()]
    origins = sorted({o for url in urls if (o := private_origin(url)) is not None})
    with (
        _held(state),
        _opened(state, restart) as frontier,
        events.within,
        ThreadPoolExecutor(1, "crawl-writer") as pool,
    ):
        _agree(frontier, plan, store, events.on_told)
        report.resumed = frontier.resumed
        process = AsyncCrawlerProcess(scrapy_settings(plan, origins))
        crawler = process.create_crawler(ShopSpider)
        robots_troubles: dict[str, str] = {}
        job = CrawlJob(
            plan=plan,
            starts=StartPages(plan.start_urls),
            frontier=frontier,
            report=report,
            traps=TrapGuard(),
            sink=ProductSink(store, frontier, report, pool),
            pictures=PictureFetcher(
                frontier,
                images,
                lambda request: crawler.engine.download_async(request),
                pool,
                robots_troubles,
            ),
            on_progress=events.on_progress,
            robots_troubles=robots_troubles,
        )
        # Only now: Scrapy's set-up closes handlers that were there before.
        with _logged(state.with_suffix(".log"), keep=frontier.resumed):
            reason = _crawled(process, crawler, job, events)
        report.waiting = frontier.count("waiting") + frontier.count("taken")
    if job.broken_store is not None:
        raise UnavailableError(f"The store takes no more: {str(job.broken_store).splitlines()[0]}")
    if report.waiting:
        report.ending = _ENDINGS.get(reason, Ending.STOPPED)
    if report.ending is Ending.PAGE_LIMIT and job.watch.is_away:
        report.ending = Ending.SITE_AWAY


def _crawled(
    process: AsyncCrawlerProcess, crawler: Crawler, job: CrawlJob, events: CrawlEvents
) -> str:
    """Run the reactor until the crawl is over; returns Scrapy's reason for its end."""
    reasons: list[str] = []

    def closed(reason: str) -> None:
        reasons.append(reason)

    def stumbled(response: Any) -> None:
        job.stumbled_over(response.meta["page"])

    crawler.signals.connect(closed, signal=signals.spider_closed)
    crawler.signals.connect(stumbled, signal=signals.spider_error)
    crawling = process.crawl(crawler, job=job)
    with _stopped_by_signals(process, events.on_stopping):
        process.start(install_signal_handlers=False)
    if crawling.done() and not crawling.cancelled() and (error := crawling.exception()):
        raise error
    return next(iter(reasons), "shutdown")


@contextmanager
def _stopped_by_signals(
    process: AsyncCrawlerProcess, on_stopping: Callable[[], None]
) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM lets pages under way be finished, the second one does not.

    Own handlers instead of Scrapy's: these are taken away again.
    """
    from twisted.internet import reactor  # only now: importing it would install another one

    stopping: list[asyncio.Task[None]] = []

    def stop() -> None:
        stopping.append(asyncio.ensure_future(process.stop()))
        on_stopping()

    def handle(_signum: int, _frame: FrameType | None) -> None:
        if asked:
            reactor.callFromThread(_end_at_once, reactor)
        else:
            asked.append(True)
            reactor.callFromThread(stop)

    asked: list[bool] = []
    former = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _end_at_once(reactor: Any) -> None:
    if reactor.running:
        reactor.stop()


@contextmanager
def _opened(state: Path, restart: bool) -> Iterator[Frontier]:
    try:
        frontier = Frontier(state)
    except sqlite3.Error as error:
        raise UnavailableError(f"The crawl's state {state} can't be read: {error}") from None
    try:
        if restart:
            frontier.restart()
        yield frontier
    finally:
        frontier.close()


def _agree(
    frontier: Frontier, plan: CrawlPlan, store: CatalogStore, tell: Callable[[str], None]
) -> None:
    """Have all products of the crawl come into this store, read as the plan says."""
    if others := frontier.agree_on({"store": store.place, **plan.terms()}):
        tell(
            f"The last run was not at its end, but went by other terms ({', '.join(others)}):"
            " all pages are fetched again."
        )
    done = frontier.done_products()
    if lost := set(done) - store.existing_ids(done):
        tell(
            f"{len(lost):,} products of this crawl are no longer in the store:"
            " their pages are fetched again."
        )
        frontier.look_again_for(lost)


@contextmanager
def _held(state: Path) -> Iterator[None]:
    """Keep other crawls of the same site out, until this process ends."""
    state.parent.mkdir(parents=True, exist_ok=True)
    with state.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UnavailableError("This site is being crawled by another process.") from None
        yield


@contextmanager
def _logged(path: Path, *, keep: bool) -> Iterator[None]:
    """Scrapy's log goes into a file: it is for whoever looks for a reason afterwards."""
    handler = logging.FileHandler(path, mode="a" if keep else "w", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.INFO)
    logging.root.addHandler(handler)
    try:
        yield
    finally:
        logging.root.removeHandler(handler)
        handler.close()
