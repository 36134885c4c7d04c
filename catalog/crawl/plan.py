"""What a crawl is to do: where it starts, where it stays, how far it goes, how it behaves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import Final

from catalog.crawl.category_codes import CategoryCodes
from catalog.crawl.site import Site
from catalog.importers.price import DecimalMark
from lookalike.contract.taxonomy import Category

ROBOTS_NAME: Final = "lookalike"
"""The name by which a robots.txt addresses the crawler."""


@dataclass(frozen=True, slots=True)
class CrawlLimits:
    """How far one run goes; `max_minutes` None is as long as it takes."""

    max_pages: int = 10_000
    max_depth: int = 30
    max_minutes: float | None = None
    max_page_bytes: int = 5_000_000
    timeout_s: float = 20.0


@dataclass(frozen=True, slots=True)
class Politeness:
    """How a shop's server is treated.

    At least `delay_s` between two requests to a host, more where the server answers slowly or its
    robots.txt asks for it; at most `concurrency` at once. `contact` goes into the user agent.
    """

    delay_s: float = 0.5
    concurrency: int = 2
    contact: str | None = None

    @property
    def user_agent(self) -> str:
        """How the crawler introduces itself."""
        name = f"{ROBOTS_NAME}/{metadata.version('lookalike')}"
        return f"{name} (+{self.contact})" if self.contact else f"{name} (catalogue crawler)"


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """A crawl of one site.

    `follow` are the addresses that are fetched besides the start pages and those that these
    redirect to, None for all of the site; `selectors` give CSS selectors by a product's field,
    for pages that say it neither by schema.org nor OpenGraph; `codes` are the shop's own numbers
    of categories.
    `id_prefix` goes before the shop's own product numbers. `category` is that of products
    whose own can't be told. `decimal_mark` is what the shop writes before decimals where a price
    leaves it open.
    """

    start_urls: tuple[str, ...]
    site: Site
    limits: CrawlLimits = CrawlLimits()
    politeness: Politeness = Politeness()
    id_prefix: str = ""
    currency: str | None = None
    category: Category | None = None
    decimal_mark: DecimalMark | None = None
    follow: re.Pattern[str] | None = None
    selectors: Mapping[str, str] = field(default_factory=dict)
    codes: CategoryCodes = field(default_factory=dict)
    accept_language: str = "en,ko;q=0.8,*;q=0.5"

    def terms(self) -> dict[str, str]:
        """What decides which pages are found and what is made of them, by option.

        A page that was read by other terms says nothing of what it would give by these.
        """
        preset = [sorted(self.selectors.items()), self.accept_language]
        return {
            "--currency": self.currency or "",
            "--category": self.category or "",
            "--decimal": self.decimal_mark or "",
            "--id-prefix": self.id_prefix,
            "--follow": self.follow.pattern if self.follow else "",
            "--max-depth": str(self.limits.max_depth),
            "--preset": json.dumps(preset),
        }

    def wants(self, url: str) -> bool:
        """Whether a link to this address is followed."""
        return self.site.covers(url) and (self.follow is None or bool(self.follow.search(url)))
