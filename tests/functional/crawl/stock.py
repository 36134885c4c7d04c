"""A shop of twenty products on one list, and which of them a crawl has stored."""

from __future__ import annotations

from tests.functional.crawl.conftest import CrawlCommand
from tests.functional.crawl.pages import links, put_product
from tests.functional.crawl.shop_site import Answer, ShopSite

PRODUCTS = 20


def put_stock(shop: ShopSite) -> None:
    """Have the shop's start page link to all of them."""
    shop.routes["/"] = Answer(links(*(f"/p/{n}" for n in range(PRODUCTS))))
    for n in range(PRODUCTS):
        put_product(shop, f"/p/{n}", f"S{n}")


def stored_of(crawl: CrawlCommand) -> set[str]:
    """Ids of those that are in the store."""
    with crawl.store() as store:
        return store.existing_ids(f"127.0.0.1:S{n}" for n in range(PRODUCTS))
