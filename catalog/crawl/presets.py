"""Shops whose start pages are known: what `--preset NAME` stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from catalog.crawl.category_codes import MUSINSA_CODES, CategoryCodes


@dataclass(frozen=True, slots=True)
class Preset:
    """A shop: where to start, what to follow, CSS selectors by a product's field, its codes.

    The selectors only fill in what a page says neither by JSON-LD nor by OpenGraph. They are
    `category`, `title`, `brand` and `price`, and end in `::text` or `::attr(name)`.
    """

    start_urls: tuple[str, ...]
    host: str
    follow: re.Pattern[str]
    selectors: Mapping[str, str]
    currency: str
    accept_language: str
    codes: CategoryCodes


PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "musinsa": Preset(
            start_urls=tuple(
                f"https://www.musinsa.com/category/{code}"
                for code in ("001", "002", "003", "100", "022", "103", "101001")
            ),
            host="musinsa.com",
            follow=re.compile(r"musinsa\.com/(?:category/\d+|products/\d+|app/goods/\d+)"),
            selectors={
                "category": 'a[href*="/category/"]::attr(href)',
                "title": 'meta[property="og:title"]::attr(content)',
                "brand": 'a[href*="/brand/"]::text',
                "price": 'meta[property="product:price:amount"]::attr(content)',
            },
            currency="KRW",
            accept_language="ko,en;q=0.5",
            codes=MUSINSA_CODES,
        )
    }
)
"""Presets by name. Their selectors follow the shop's pages and age with them."""
