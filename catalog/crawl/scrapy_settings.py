"""A crawl's plan in Scrapy's words."""

from __future__ import annotations

from typing import Any, Final

from catalog.crawl.plan import ROBOTS_NAME, CrawlPlan
from catalog.crawl.site_watch import AWAY_STATUSES

_TRIED_AGAIN: Final = frozenset({408, 500})
"""Statuses of one page that another try may not meet."""
_SLOWEST_S: Final = 60.0
"""Between two requests to a server that answers ever more slowly, unless the plan is slower."""


def scrapy_settings(plan: CrawlPlan, origins: list[str]) -> dict[str, Any]:
    """The settings of one crawl; `origins` are places in the own network that it may reach.

    What is not said here is Scrapy's default.
    """
    limits, politeness = plan.limits, plan.politeness
    return {
        "BOT_NAME": ROBOTS_NAME,
        "USER_AGENT": politeness.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
            "Accept-Language": plan.accept_language,
        },
        "ROBOTSTXT_OBEY": True,
        "ROBOTSTXT_USER_AGENT": ROBOTS_NAME,
        "DOWNLOADER_MIDDLEWARES": {
            "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
            "catalog.crawl.robots.HeededRobots": 100,
            "catalog.crawl.robots.UnreadableRobots": 110,
            # Nearer to the site than what tries again (550) or follows redirects (600).
            "catalog.crawl.site_watch.WatchAnswers": 610,
        },
        "RETRY_HTTP_CODES": sorted({*_TRIED_AGAIN, *AWAY_STATUSES}),
        "EXTENSIONS": {"catalog.crawl.robots.CrawlDelay": 0},
        "SCHEDULER": "catalog.crawl.scheduler.FrontierScheduler",
        "DOWNLOAD_DELAY": politeness.delay_s,
        # Scrapy's own jitter halves every other delay; the plan's is the least.
        "DOWNLOAD_DELAY_JITTER": 0.0,
        "CONCURRENT_REQUESTS": 2 * politeness.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": politeness.concurrency,
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": politeness.delay_s,
        "AUTOTHROTTLE_MAX_DELAY": max(_SLOWEST_S, politeness.delay_s),
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(politeness.concurrency),
        "DOWNLOAD_TIMEOUT": limits.timeout_s,
        "DOWNLOAD_MAXSIZE": limits.max_page_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "CLOSESPIDER_TIMEOUT": (limits.max_minutes or 0.0) * 60.0,
        # Only what a shop's pages need: a page can't make the crawl open local files.
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "ftp": None, "s3": None},
        "TWISTED_DNS_RESOLVER": "catalog.crawl.resolver.GuardedResolver",
        "LOOKALIKE_PRIVATE_ORIGINS": origins,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
    }
