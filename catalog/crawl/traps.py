"""Tells pages that a shop's program makes without end from pages that lead to products."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import Final

from catalog.crawl.site import page_shape

_PATIENCE_PAGES: Final = 50


class TrapGuard:
    """Gives up on a shape of addresses after 50 pages of it in a row that led nowhere.

    A page leads somewhere if it offers a product, or links to pages of another shape that were
    not known yet. A calendar whose pages link to the next month does neither. Pages that are not
    there, or redirect, are none of these: a shop's dead links say nothing of its living ones.
    """

    def __init__(self, patience_pages: int = _PATIENCE_PAGES) -> None:
        self._patience_pages = patience_pages
        self._barren: defaultdict[str, int] = defaultdict(int)
        self._bodies: set[bytes] = set()

    def is_closed(self, url: str) -> bool:
        """Whether pages of this address's shape are not worth fetching any more."""
        return self._barren.get(page_shape(url), 0) >= self._patience_pages

    def note(self, url: str, *, has_products: bool, new_urls: list[str]) -> bool:
        """Note what a page that was read led to; returns whether its shape is given up by that."""
        shape = page_shape(url)
        if has_products or any(page_shape(new) != shape for new in new_urls):
            self._barren.pop(shape, None)
            return False
        self._barren[shape] += 1
        return self._barren[shape] == self._patience_pages

    def is_repeated(self, body: bytes) -> bool:
        """Whether a page of exactly these bytes was seen before under another address."""
        digest = blake2b(body, digest_size=8).digest()
        if digest in self._bodies:
            return True
        self._bodies.add(digest)
        return False
