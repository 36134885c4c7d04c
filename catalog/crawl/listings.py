"""A page's product as a listing, by the same rules as a row of any import."""

from __future__ import annotations

import re
from contextlib import suppress
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from catalog.crawl.category_codes import in_words
from catalog.crawl.category_hints import category_from
from catalog.crawl.page_product import PageProduct
from catalog.crawl.plan import CrawlPlan
from catalog.crawl.site import page_key
from catalog.importers.cells import CellError
from catalog.importers.listing import Listing, RowError, RowRules, parse_listing, web_url

_MAX_PATH_ID_CHARS: Final = 100


def listing_of(product: PageProduct, plan: CrawlPlan) -> Listing:
    """The listing of a page's product.

    Its id is the shop's own number behind the plan's prefix, or made of the page's address where
    the shop gives none.

    Raises:
        RowError: something is missing or can't be used; a sentence with the field and its value.
    """
    hints = (in_words(hint, plan.codes) for hint in product.category_hints)
    category = category_from(hints, title=product.title, otherwise=plan.category)
    if category is None:
        said = " > ".join(reversed(product.category_hints[:4]))
        raise RowError(
            f"category {said!r} means none of the 13 categories" if said else "category is missing"
        )
    return parse_listing(
        {
            "id": product_id(product, plan.id_prefix),
            "title": product.title,
            "brand": product.brand,
            "category": category.value,
            "price": product.price,
            "currency": product.currency,
            "item_url": product.url,
            "image_url": _picture_url(product),
            "attributes": product.attributes,
        },
        default_currency=plan.currency,
        rules=RowRules(decimal_mark=plan.decimal_mark),
    )


def _picture_url(product: PageProduct) -> str:
    """The first picture's address that can be used; "" for none."""
    for url in product.picture_urls:
        with suppress(CellError):
            return web_url(url)
    return ""


def product_id(product: PageProduct, prefix: str) -> str:
    """A product's id: the same in every crawl, and for every address of its page."""
    own = re.sub(r"[\x00-\x1f/\s]+", "-", product.shop_id.strip()).strip("-")
    return prefix + (own or _id_of_page(product.url))


def _id_of_page(url: str) -> str:
    parts = urlsplit(url)
    text = "-".join([*filter(None, parts.path.split("/")), *filter(None, [parts.query])])
    if len(text) <= _MAX_PATH_ID_CHARS:
        return text
    return blake2b(page_key(url).encode(), digest_size=16).hexdigest()
