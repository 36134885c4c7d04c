"""What is read of a page of a shop that is made up for a test."""

from __future__ import annotations

from typing import Any

from catalog.crawl.page_product import PageProduct
from catalog.crawl.page_products import read_page
from tests.functional.crawl.pages import json_ld, page

URL = "https://shop.example/p/1"


def only(*things: Any, body: str = "", head: str = "", url: str = URL) -> PageProduct:
    """The one product of a page with these JSON-LD things."""
    (found,) = read_page(page(body, head + "".join(map(json_ld, things))), url).products
    return found


def opengraph(**said: str) -> str:
    """OpenGraph tags, `__` in their names for `:`."""
    tags = ((name.replace("__", ":"), value) for name, value in said.items())
    return "".join(f'<meta property="{name}" content="{value}">' for name, value in tags)
