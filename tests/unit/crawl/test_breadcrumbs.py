"""A page's breadcrumbs tell its product's category, and the product's own name does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.crawl.pages import product
from tests.unit.crawl.readings import only

_TRAIL = ("Home", "Women", "Dresses")


def _crumbs(*names: str, last: Any = None) -> dict[str, Any]:
    """Breadcrumbs that lead somewhere, but for the last: that has `last` as its `item`."""
    items = [
        {"@type": "ListItem", "position": n, "name": name, "item": f"/c/{n}"}
        for n, name in enumerate(names, 1)
    ]
    items[-1]["item"] = last
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _hints(title: str, crumbs: dict[str, Any], brand: str = "Acme") -> tuple[str, ...]:
    return only(product("S1", name=title, brand=brand, category=None), crumbs).category_hints


def test_breadcrumbs_hint_at_the_category_and_the_product_s_own_name_does_not() -> None:
    hints = _hints("Denim Shopper", _crumbs(*_TRAIL, "Denim Shopper"))
    assert hints == ("Dresses", "Women", "Home")


@pytest.mark.parametrize(
    "own", ["/p/1", "http://shop.example/p/1#top", {"@id": "https://shop.example/p/1"}]
)
def test_a_last_breadcrumb_with_the_page_s_address_is_the_product(own: Any) -> None:
    hints = _hints("Acme No. 5", _crumbs(*_TRAIL, "Five of denim", last=own))
    assert hints == ("Dresses", "Women", "Home")


@pytest.mark.parametrize(
    ("title", "last"),
    [("Acme Denim Shopper", "/elsewhere"), ("Acme Denim Shopper, long", None)],
)
def test_a_last_breadcrumb_of_the_title_s_words_is_the_product(title: str, last: Any) -> None:
    hints = _hints(title, _crumbs(*_TRAIL, "Shopper Denim", last=last))
    assert hints == ("Dresses", "Women", "Home")


@pytest.mark.parametrize(
    ("title", "names", "last"),
    [
        ("Pique Polo", ("Shirts", "Polo"), None),
        ("Cotton Polo Shirt", ("Shirts", "Polo Shirt"), "/c/polo"),
        ("Acme Denim Jacket", ("Home", "Denim Jacket"), None),
        ("Acme Linen Shirt", ("Tops", "Linen Shirt"), None),
        ("Acme Denim Shopper", ("Dresses", "Denim"), "#"),
    ],
)
def test_a_last_breadcrumb_that_may_be_a_category_counts(
    title: str, names: tuple[str, ...], last: Any
) -> None:
    assert _hints(title, _crumbs(*names, last=last)) == names[::-1]


def test_breadcrumbs_shown_as_links_count_as_well() -> None:
    body = """<div class="breadcrumbs"><a href="/c/w">Women</a> <a href="/c/d">Dresses</a>
      <a href="/p/1">Shopper of denim</a></div>"""
    assert only(product("S1", category=None), body=body).category_hints == ("Dresses", "Women")
