"""A group's variants: which of them look different, and by which number each look is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final
from urllib.parse import urlsplit

from catalog.crawl.offers import Offer, is_better
from catalog.crawl.page_product import PageProduct
from catalog.crawl.schema_org import Node, Things
from catalog.crawl.site import absolute_url, page_key

_MAX_VARIANTS: Final = 500
_OF_A_VARIANT: Final = ("name", "sku", "offers", "image")
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def variants_of(things: Things, group: Node, base_url: str) -> tuple[list[Node], list[str]]:
    """The variants that a page describes, and addresses of those that it has elsewhere.

    Where a shop has a page for each, it names the others by their `url` alone.

    Source: Google Search Central, product variants on several pages.
    """
    here: list[Node] = []
    elsewhere: list[str] = []
    for node in things.nodes_of(group, "hasVariant"):
        address = absolute_url(base_url, things.text(node, "url")) if node.get("url") else None
        if address is None or any(node.get(name) for name in _OF_A_VARIANT):
            here.append(node)
        else:
            elsewhere.append(address)
    if len(here) > _MAX_VARIANTS:
        things.broken.append(
            f"a product of {len(here):,} variants, of which the first {_MAX_VARIANTS} are read"
        )
    return here[:_MAX_VARIANTS], elsewhere


def looks_of(variants: Iterable[tuple[Offer | None, PageProduct]]) -> list[PageProduct]:
    """A product for each colour and picture that variants have.

    Of variants that look alike, sizes mostly, it is the one with the lowest price at which one
    can be had, under number and address of the first.
    """
    best: dict[tuple[str, str], tuple[Offer | None, PageProduct]] = {}
    for offer, product in variants:
        look = _colour(product), _picture(product)
        if look not in best:
            best[look] = offer, product
        elif is_better(offer, best[look][0]):
            first = best[look][1]
            best[look] = offer, replace(product, shop_id=first.shop_id, url=first.url)
    return [product for _, product in best.values()]


def numbered(looks: Sequence[PageProduct], group_id: str, *, alone: bool) -> Iterator[PageProduct]:
    """Looks under numbers that stay as others of the group come and go.

    A number is made of the group's and the colour: `G1-Red`. What several looks would share, as
    two prints of one colour, is followed by a mark of the picture. One without a number has its
    page's, which only one can have. `alone`: the group has no other look, on any page.
    """
    marks = _marks(looks)
    numbers = [
        _number(look, group_id, "" if alone else mark)
        for look, mark in zip(looks, marks, strict=True)
    ]
    shared = Counter(map(_plain, numbers))
    pages: set[str] = set()
    for look, number, mark in zip(looks, numbers, marks, strict=True):
        if number:
            several = shared[_plain(number)] > 1
            yield replace(look, shop_id=f"{number}-{mark}" if several else number)
        elif page_key(look.url) not in pages:
            pages.add(page_key(look.url))
            yield replace(look, shop_id="")


def _number(look: PageProduct, group_id: str, mark: str) -> str:
    colour = look.attributes.get("color")
    if not group_id:
        return look.shop_id
    if colour:
        return f"{group_id}-{colour}"
    return (look.shop_id or f"{group_id}-{mark}") if mark else group_id


def _marks(looks: Sequence[PageProduct]) -> list[str]:
    """A mark of each look, by its picture's path if that tells them apart.

    Host and query of an address change more often than its picture.
    """
    by_path = [_digest(_colour(look), _picture(look).partition("?")[0]) for look in looks]
    if len(set(by_path)) == len(looks):
        return by_path
    return [_digest(_colour(look), _picture(look)) for look in looks]


def _colour(product: PageProduct) -> str:
    return _plain(product.attributes.get("color", ""))


def _picture(product: PageProduct) -> str:
    """The main picture's address, without the host: shops have several for one picture."""
    parts = urlsplit(next(iter(product.picture_urls), ""))
    return f"{parts.path}?{parts.query}"


def _plain(text: str) -> str:
    """What texts share that make one id."""
    return _BETWEEN_WORDS.sub("-", text.casefold())


def _digest(*texts: str) -> str:
    return blake2b("\n".join(texts).encode(), digest_size=4).hexdigest()
