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
_WORD: Final = re.compile(r"[^\W_]+")
_VARIATION: Final = re.compile(r"\s*[-–—,:;/|([·•]")
"""What comes between a product's name and its size or colour."""


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
        wanted = _parts(name)
        return any(wanted in _parts(text) for text in self._names())

    def mentions(self, name: str) -> bool:
        """Whether the name's words stand in a heading or the title, as in "Acme Wool Coat"."""
        wanted = _words(name)
        return wanted.strip() != "" and any(wanted in _words(text) for text in self._names())

    def headings_in(self, name: str) -> list[str]:
        """Headings of more than one word that stand in the name, case-folded."""
        headings = [" ".join(e.text_content().split()) for e in self.tree.xpath("//h1")]
        return [h.casefold() for h in headings if " " in h and _words(h) in _words(name)]

    def _names(self) -> list[str]:
        found = [e.text_content() for e in self.tree.xpath("//h1 | //head/title")]
        return [*found, self.opengraph.title]


def own_product(things: Things, page: PageIdentity) -> tuple[Node | None, list[str]]:
    """The product that a page is of, None for none, and addresses of those that it shows.

    One that has another address than the page is the page's own only if nothing else is and it
    differs as an address of the same page may, or the page is named so, or says that it is a
    product's.
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
    variants = any("isVariantOf" in node for node in own)
    if stated or variants or len(set(map(page_key, links))) != 1:
        return _one_of(things, own, stated, page), links
    chosen = _named_or_elsewhere(things, own, elsewhere[0], page)
    return chosen, [] if chosen is elsewhere[0][1] else links


def _named_or_elsewhere(
    things: Things, own: Sequence[Node], elsewhere: tuple[str, Node], page: PageIdentity
) -> Node | None:
    """The page's product among those without an address and one that has another than the page.

    The page's name decides, for the one of another address only if it is all of that one's name.
    """
    address, node = elsewhere
    name = things.text(node, "name")
    named = own[0] if own and _first_if_one(things, [*own, node]) else _named(things, own, page)
    is_own = bool(name) and page.is_named(name)
    if named is not None and not (is_own and not page.is_named(things.text(named, "name"))):
        return named
    if is_own or any(may_be_one_page(url, address) for url in page.urls):
        return node
    if not own and page.opengraph.may_be_of(name):
        return node
    return _by_opengraph(things, own, page)


def _address(things: Things, node: Node, base_url: str) -> str | None:
    stated = things.text(node, "url")
    return absolute_url(base_url, stated) if stated else None


def _one_of(
    things: Things, own: Sequence[Node], stated: Sequence[Node], page: PageIdentity
) -> Node | None:
    """Of products with the page's address (`stated`) or none the page's; None if it can't be told.

    JSON-LD and microdata of one product share its name or its number, and the variants of a group
    are one. Cards without an address have several names, none of which is the page's.
    """
    if len(own) == 1 or any("isVariantOf" in node for node in own):
        return own[0]
    if stated:
        name = things.text(stated[0], "name").casefold()
        return next(node for node in own if things.text(node, "name").casefold() == name)
    named = [node for node in own if things.text(node, "name")]
    return (
        _first_if_one(things, named)
        or _named(things, own, page)
        or _by_opengraph(things, own, page)
    )


def _named(things: Things, nodes: Sequence[Node], page: PageIdentity) -> Node | None:
    """The one that a page is named after: by a whole part, then by words in it, then around it."""
    names = [(things.text(node, "name"), node) for node in nodes]
    for is_so in (page.is_named, page.mentions):
        if chosen := _first_if_one(things, [node for name, node in names if name and is_so(name)]):
            return chosen
    around = [
        (name, node, heading)
        for name, node in names
        for heading in page.headings_in(name)
        if heading != things.text(node, "brand").casefold()
    ]
    # "Wool coat - S" and "Wool coat - M" are one, "Red wool coat" and "Blue wool coat" two.
    if around and all(_is_variation(name, heading) for name, _, heading in around):
        return around[0][1]
    return _first_if_one(things, [node for _, node, _ in around])


def _by_opengraph(things: Things, nodes: Sequence[Node], page: PageIdentity) -> Node | None:
    """The first that a page may be of which says that it is a product's."""
    may_be = (node for node in nodes if page.opengraph.may_be_of(things.text(node, "name")))
    return next(may_be, None)


def _first_if_one(things: Things, nodes: Sequence[Node]) -> Node | None:
    """The first of nodes that share one name or one number; None where there are several."""
    names = {things.text(node, "name").casefold() for node in nodes}
    numbers = {things.text(node, "sku").casefold() for node in nodes}
    return nodes[0] if len(names) == 1 or (len(numbers) == 1 and "" not in numbers) else None


def _is_variation(name: str, heading: str) -> bool:
    folded = " ".join(name.split()).casefold()
    return folded.startswith(heading) and bool(_VARIATION.match(folded, len(heading)))


def _parts(text: str) -> str:
    """A title with a bar around each of its parts."""
    return f"|{_BETWEEN_PARTS.sub('|', ' '.join(text.split())).casefold()}|"


def _words(text: str) -> str:
    """A text's words with a space around each."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "
