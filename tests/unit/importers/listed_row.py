"""A row of a shop's table, and what it is refused for."""

from __future__ import annotations

import pytest

from catalog.importers.listing import RowError, parse_listing

ROW = {
    "article_id": "4711",
    "category": "티셔츠",
    "brand": "Wren Street",
    "title": "Plain Tee",
    "price": "29,900원",
    "item_url": "https://shop.example/p/4711",
    "img_url": "//cdn.shop.example/4711 front.jpg",
}


def refusal(**changed: object) -> str:
    with pytest.raises(RowError) as refused:
        parse_listing({**ROW, **changed}, default_currency=None)
    return refused.value.message
