"""Which of the products that a page describes is its own, and which it merely shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from catalog.crawl.opengraph import OpenGraph
from catalog.crawl.schema_org import PRODUCT_TYPES, Node, Things
from catalog.crawl.site import absolute_url, may_be_one_page, page_key

_BETWEEN_PARTS: Final = re.compile(r"\s*\|\s*|\s+[-–—·•:»]\s+")
"""Of a page's title: "Wool coat – Coats | Shop"."""


@dataclass(frozen=True, slots=True)
class PageIdentity:
    """What a page is known by: its addresses, what it says in its tree, its OpenGraph tags.

    `urls` are the address that it was fetched by and the one that it gives as its own; links are
    relative to `base_url`.
    """

    urls: tuple[str, str]
    base_url: str
    tree: HtmlElement
    opengraph: OpenGraph

    def is_named(self, name: str) -> bool:
        """Whether a heading, or a part of the title, is this name."""
        headings = [e.text_content() for e in self.tree.xpath("//h1 | //head/title")]
        wanted = _parts(name)
        return any(wanted in _parts(text) for text in (*headings, self.opengraph.title))


def own_product(things: Things, page: PageIdentity) -> tuple[Node | None, list[str]]:
    """The product that a page is of, None for none, and addresses of those that it shows.

    One that has another address than the page is the page's own only if nothing else is and it
    differs as an address of the same page may, or the page says that it is a product's.
    """
    own_keys = {page_key(url) for url in page.urls}
    stated: list[Node] = []
    own: list[Node] = []
    elsewhere: list[tuple[str, Node]] = []
    for node in things.of_type(*PRODUCT_TYPES):
        address = _address(things, node, page.base_url)
        if address is not None and page_key(address) not in own_keys:
            elsewhere.append((address, node))
            continue
        own.append(node)
        if address is not None:
            stated.append(node)
    links = [address for address, _ in elsewhere]
    if own or len(set(map(page_key, links))) != 1:
        return _one_of(things, own, stated, page), links
    address, node = elsewhere[0]
    is_own = any(may_be_one_page(url, address) for url in page.urls)
    if is_own or page.opengraph.may_be_of(things.text(node, "name")):
        return node, []
    return None, links


def _address(things: Things, node: Node, base_url: str) -> str | None:
    stated = things.text(node, "url")
    return absolute_url(base_url, stated) if stated else None


def _one_of(
    things: Things, own: Sequence[Node], stated: Sequence[Node], page: PageIdentity
) -> Node | None:
    """Of products with the page's address (`stated`) or none the page's; None if it can't be told.

    JSON-LD and microdata of one product share its name, and the variants of a group are one. Cards
    without an address have several names, none of which is the page's.
    """
    if len(own) == 1 or any("isVariantOf" in node for node in own):
        return own[0]
    by_name: dict[str, Node] = {}
    for node in own:
        by_name.setdefault(things.text(node, "name").casefold(), node)
    if stated:
        return by_name[things.text(stated[0], "name").casefold()]
    named = {name: node for name, node in by_name.items() if name}
    if len(named) > 1:
        named = {name: node for name, node in named.items() if page.is_named(name)}
    return next(iter(named.values())) if len(named) == 1 else None


def _parts(text: str) -> str:
    """A title with a bar around each of its parts."""
    return f"|{_BETWEEN_PARTS.sub('|', ' '.join(text.split())).casefold()}|"
