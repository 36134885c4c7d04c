"""A page's breadcrumbs: the shop's categories above it, and often the product itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from catalog.crawl.category_hints import category_from
from catalog.crawl.schema_org import Node, Things
from catalog.crawl.site import absolute_url, page_key
from catalog.importers.category_levels import is_umbrella

_WORD: Final = re.compile(r"[^\W_]+")
_LEAST_WORDS: Final = 2
"""A single word that stands in the title, as in "Pique polo", may well be a category."""


@dataclass(frozen=True, slots=True)
class Crumb:
    """A breadcrumb's name, and the address that it leads to, None for none."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Breadcrumbs:
    """Breadcrumbs from the first to the last; `own_keys` are those of the page's addresses."""

    crumbs: Sequence[Crumb]
    own_keys: Collection[str]

    def categories(self, title: str, brand: str) -> tuple[str, ...]:
        """Names from the last to the first, without the product's own: that would be a guess."""
        rest = self.crumbs[:-1] if self._ends_with_page(title, brand) else self.crumbs
        names = (crumb.name for crumb in reversed(rest))
        return tuple(name for name in names if name and name.casefold() != title.casefold())

    def _ends_with_page(self, title: str, brand: str) -> bool:
        """Whether the last is of the page itself: by its address, or by the product's words.

        Words of the title are the product's name rather than a category's if only the brand is
        missing, or if the last crumb alone leads nowhere, as Google wants a page's own.
        """
        if not self.crumbs:
            return False
        *before, last = self.crumbs
        if last.url is not None and page_key(last.url) in self.own_keys:
            return True
        words, of_title = _words(last.name), _words(title)
        if len(words) < _LEAST_WORDS or not words <= of_title:
            return False
        alone = last.url is None and any(crumb.url for crumb in before)
        return (alone or of_title - words <= _words(brand)) and any(
            _is_category(crumb.name, title) for crumb in before
        )


def read_breadcrumbs(
    things: Things, tree: HtmlElement, base_url: str, own_urls: Collection[str]
) -> Breadcrumbs:
    """The breadcrumbs that a page states by schema.org, else those that it shows as links."""
    own_keys = frozenset(map(page_key, own_urls))
    for listed in things.of_type("BreadcrumbList"):
        items = things.nodes_of(listed, "itemListElement")
        if len(items) > 1:
            return Breadcrumbs([_stated(things, item, base_url) for item in items], own_keys)
    links = tree.xpath('//*[contains(@class, "breadcrumb")]//a')
    return Breadcrumbs([_shown(link, base_url) for link in links], own_keys)


def _stated(things: Things, item: Node, base_url: str) -> Crumb:
    target = next(iter(things.values(item, "item")), item)
    if isinstance(target, dict):
        target = things.text(target, "@id", "url")
    return Crumb(things.text(item, "name", "item"), _address(base_url, target))


def _shown(link: HtmlElement, base_url: str) -> Crumb:
    return Crumb(" ".join(link.text_content().split()), _address(base_url, link.get("href")))


def _address(base_url: str, href: object) -> str | None:
    """Where a crumb leads; a fragment alone leads nowhere, and not to the page itself."""
    leads = isinstance(href, str) and href.strip() and not href.strip().startswith("#")
    return absolute_url(base_url, str(href)) if leads else None


def _is_category(name: str, title: str) -> bool:
    return not is_umbrella(name) and category_from([name], title=title) is not None


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
