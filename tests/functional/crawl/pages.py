"""Pages as shops write them."""

from __future__ import annotations

import io
import json
from typing import Any

from PIL import Image

from tests.functional.crawl.shop_site import Answer, ShopSite


def picture(shade: int, size: int = 24) -> bytes:
    """An encoded PNG of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), (shade % 256, shade * 7 % 256, 90)).save(buffer, "PNG")
    return buffer.getvalue()


def links(*targets: str) -> str:
    """A page of links."""
    return page("".join(f'<a href="{target}">{target}</a> ' for target in targets))


def page(body: str, head: str = "") -> str:
    """An HTML page."""
    return f"<!doctype html><html><head><title>Shop</title>{head}</head><body>{body}</body></html>"


def json_ld(thing: Any) -> str:
    """A JSON-LD script."""
    text = thing if isinstance(thing, str) else json.dumps(thing, ensure_ascii=False)
    return f'<script type="application/ld+json">{text}</script>'


def product(sku: str, **changed: Any) -> dict[str, Any]:
    """A schema.org Product as most shops write one, but for what is `changed`; None leaves out."""
    thing = {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": sku,
        "name": f"Product {sku}",
        "brand": {"@type": "Brand", "name": "Basics"},
        "category": "Women > Dresses",
        "image": f"/img/{sku}.png",
        "offers": {"@type": "Offer", "price": "49.90", "priceCurrency": "EUR"},
        **changed,
    }
    return {name: value for name, value in thing.items() if value is not None}


def put_product(shop: ShopSite, path: str, sku: str, **changed: Any) -> None:
    """A product page at `path`, and its picture."""
    shop.routes[path] = Answer(page("", json_ld(product(sku, **changed))))
    shade = sum(map(ord, sku))
    shop.routes[f"/img/{sku}.png"] = Answer(picture(shade), content_type="image/png")
