"""What a crawl did, and what it left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_KEPT: Final = 1000


class Ending(StrEnum):
    """Why a run of a crawl is over; all but `finished` go on with the same command."""

    FINISHED = "finished"
    PAGE_LIMIT = "page limit"
    TIME_LIMIT = "time limit"
    STOPPED = "stopped"
    SITE_AWAY = "site away"


class Why(StrEnum):
    """Kinds of what is left out. Those of `FAULTS` are something that the shop has to repair."""

    PRODUCT = "products that can't be used"
    PICTURE = "pictures that can't be had"
    PAGE = "pages that can't be read"
    MARKUP = "pages with broken product data"
    NOT_FOUND = "pages that are not there"
    ROBOTS = "pages that robots.txt forbids"
    ROBOTS_UNREAD = "pages of sites whose robots.txt can't be read"
    OFF_SITE = "redirects off the site"
    DUPLICATE = "products met again under another address"
    TRAP = "pages that lead nowhere"
    DEPTH = "pages too far from the start"


FAULTS: Final = frozenset({Why.PRODUCT, Why.PICTURE, Why.PAGE, Why.MARKUP, Why.ROBOTS_UNREAD})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One page or product that was left out, the address it was at, and a sentence why."""

    why: Why
    url: str
    reason: str


@dataclass(slots=True)
class CrawlReport:
    """Counts of one run; `examples` keeps the first thousand things that were left out.

    `starts_left_out`: how many of the left out are pages that the crawl was to begin with.
    """

    pages: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    pictures_fetched: int = 0
    left_out: Counter[Why] = field(default_factory=Counter)
    examples: list[LeftOut] = field(default_factory=list)
    starts_left_out: int = 0
    ending: Ending = Ending.FINISHED
    resumed: bool = False
    waiting: int = 0
    on_left_out: Callable[[LeftOut], None] | None = None

    @property
    def products(self) -> int:
        """Products that are in the store by this run."""
        return self.new + self.changed + self.unchanged

    @property
    def faults(self) -> int:
        """How much was left out that a shop would want to know of."""
        return sum(self.left_out[why] for why in FAULTS)

    def leave_out(self, why: Why, url: str, reason: str) -> None:
        """Note something that was left out."""
        entry = LeftOut(why, url, reason)
        self.left_out[why] += 1
        if len(self.examples) < _KEPT:
            self.examples.append(entry)
        if self.on_left_out is not None:
            self.on_left_out(entry)
