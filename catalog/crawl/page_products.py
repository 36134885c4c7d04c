"""The products that a page offers, read from its schema.org data and its OpenGraph tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

import lxml.html
from lxml.html import HtmlElement
from parsel import Selector
from w3lib.url import safe_url_string

from catalog.crawl.breadcrumbs import Breadcrumbs, read_breadcrumbs
from catalog.crawl.offers import Offer, best_offer
from catalog.crawl.opengraph import OpenGraph, read_opengraph
from catalog.crawl.own_product import PageIdentity, own_product
from catalog.crawl.page_product import PageProduct
from catalog.crawl.schema_org import Node, Things, plain, read_things
from catalog.crawl.site import Site, absolute_url, own_address
from catalog.crawl.variants import looks_of, numbered, variants_of
from lookalike.contract.availability import AVAILABILITY

_ID_PROPERTIES: Final = ("sku", "productID", "mpn", "gtin", "gtin14", "gtin13", "gtin12", "gtin8")
_ATTRIBUTES: Final = ("color", "material", "pattern", "gtin13", "mpn")
_MAX_ATTRIBUTES: Final = 20
_MAX_ATTRIBUTE_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class PageReading:
    """What a page says: its products, pages of products that it lists, and what is broken."""

    products: list[PageProduct]
    product_links: list[str]
    canonical_url: str
    broken: list[str]


def read_page(
    markup: str,
    url: str,
    selectors: Mapping[str, str] = MappingProxyType({}),
    currency: str | None = None,
    now: datetime | None = None,
) -> PageReading:
    """Read a page's products; one that describes none, or is no HTML at all, has none.

    `selectors` are CSS selectors by field (`title`, `brand`, `price`, `category`) for what the
    page says neither by schema.org nor by OpenGraph. `currency` (ISO 4217) is that of prices that
    name none, and of several currencies the one that counts. `now` (with its zone, this moment if
    not given) is when a price has to hold.
    """
    now = now or datetime.now(UTC)
    tree = _parse(markup)
    if tree is None:
        return PageReading([], [], url, [])
    base_url = _base_url(tree, url)
    canonical_url = _canonical(tree, base_url, url)
    things = read_things(tree, base_url)
    opengraph = read_opengraph(tree, now)
    crumbs = read_breadcrumbs(things, tree, base_url, (url, canonical_url))
    reader = _Reader(things, opengraph, crumbs, base_url, canonical_url, currency, now)
    page = PageIdentity((url, canonical_url), base_url, tree, opengraph)
    own, links = own_product(things, page)
    products, elsewhere = ([], []) if own is None else reader.products_of(own)
    links = [*links, *elsewhere]
    selected = _selected(tree, selectors)
    described = opengraph.is_product or {"title", "price"} <= selected.keys()
    # With a price of its own, a page that shows one product of another name is not only a list.
    beside_one = len(set(links)) == 1 and opengraph.price != ""
    if not products and (beside_one if links else described):
        products = [reader.undescribed()]
    if len(products) == 1:
        products = [_filled(reader.completed(products[0]), selected)]
    return PageReading(products, links, canonical_url, things.broken)


@dataclass(frozen=True, slots=True)
class _Reader:
    things: Things
    opengraph: OpenGraph
    crumbs: Breadcrumbs
    base_url: str
    canonical_url: str
    currency: str | None
    now: datetime

    def products_of(self, node: Node) -> tuple[list[PageProduct], list[str]]:
        """A product, or a group's variants that look different; addresses of those elsewhere."""
        variants, elsewhere = variants_of(self.things, node, self.base_url)
        if not variants:
            offer = self._offer(node, {})
            # A group that only names its variants' pages is a list of them.
            priced = offer is not None or self.opengraph.price != ""
            is_list = bool(elsewhere) and not priced
            return [] if is_list else [self._product(node, {}, offer)], elsewhere
        group = {**node, "hasVariant": None}
        looks = looks_of(self._variant(variant, group) for variant in variants)
        alone = len(looks) == 1 and not elsewhere
        if alone:
            looks = [replace(looks[0], url=self.canonical_url)]
        group_id = self.things.text(node, "productGroupID", *_ID_PROPERTIES)
        return list(numbered(looks, group_id, alone=alone)), elsewhere

    def _variant(self, variant: Node, group: Node) -> tuple[Offer | None, PageProduct]:
        offer = self._offer(variant, group)
        product = self._product(variant, group, offer)
        return offer, replace(product, url=self._variant_url(variant))

    def _variant_url(self, variant: Node) -> str:
        """A variant's own address, or its offer's, if it is of the site; else the page's."""
        site = Site.of(self.canonical_url)
        for node in (variant, *self.things.nodes_of(variant, "offers")):
            stated = self.things.text(node, "url")
            url = absolute_url(self.base_url, stated) if stated else None
            if url is not None and site.covers(url):
                return safe_url_string(url)
        return self.canonical_url

    def undescribed(self) -> PageProduct:
        """The product of a page without schema.org data, nothing but its address known."""
        return PageProduct(
            "", "", "", "", "", self.crumbs.categories("", ""), self.canonical_url, ()
        )

    def completed(self, product: PageProduct) -> PageProduct:
        """A page's one product with what only its OpenGraph tags say."""
        og = self.opengraph
        price, currency = product.price, product.currency
        if price == "":
            price, currency = og.price, currency or og.currency
        pictures = product.picture_urls or tuple(self._absolute(og.pictures))
        return replace(
            product,
            shop_id=product.shop_id or og.shop_id,
            title=product.title or og.title,
            brand=product.brand or og.brand,
            price=price,
            currency=currency or og.currency,
            category_hints=(*product.category_hints, *og.categories),
            picture_urls=pictures,
            attributes={**og.attributes, **product.attributes},
        )

    def _offer(self, node: Node, group: Node) -> Offer | None:
        own = best_offer(self.things, node, self.currency, self.now)
        return own or best_offer(self.things, group, self.currency, self.now)

    def _product(self, node: Node, group: Node, offer: Offer | None) -> PageProduct:
        def text(*names: str) -> str:
            return self.things.text(node, *names) or self.things.text(group, *names)

        title, brand = text("name"), text("brand", "manufacturer")
        hints = [
            plain(c) for of in (node, group) for c in _flat(self.things.values(of, "category"))
        ]
        return PageProduct(
            shop_id=self.things.text(node, *_ID_PROPERTIES),
            title=title,
            brand=brand,
            price=offer.price if offer else "",
            currency=offer.currency if offer else "",
            category_hints=(*filter(None, hints), *self.crumbs.categories(title, brand)),
            url=self.canonical_url,
            picture_urls=tuple(self._pictures(node) or self._pictures(group)),
            attributes=self._attributes(node, group, offer.availability if offer else ""),
        )

    def _pictures(self, node: Node) -> list[str]:
        found = []
        for value in self.things.values(node, "image"):
            if isinstance(value, dict):
                value = next((value[n] for n in ("contentUrl", "url", "@id") if value.get(n)), "")
            if isinstance(value, list):
                value = value[0] if value else ""
            if isinstance(value, str) and value.strip():
                found.append(value)
        return list(self._absolute(found))

    def _absolute(self, urls: Iterable[str]) -> Iterator[str]:
        return filter(None, (absolute_url(self.base_url, url) for url in urls))

    def _attributes(self, node: Node, group: Node, availability: str) -> dict[str, str]:
        found = {n: self.things.text(node, n) or self.things.text(group, n) for n in _ATTRIBUTES}
        found[AVAILABILITY] = availability
        for of in (group, node):
            for extra in self.things.nodes_of(of, "additionalProperty"):
                found[self.things.text(extra, "name")] = self.things.text(extra, "value")
        kept = [(n, v[:_MAX_ATTRIBUTE_CHARS]) for n, v in found.items() if n and v]
        return dict(kept[:_MAX_ATTRIBUTES])


def _selected(tree: HtmlElement, selectors: Mapping[str, str]) -> dict[str, str]:
    """What CSS selectors find on a page, by field."""
    page = Selector(root=tree, type="html")
    found = {name: page.css(css).get() for name, css in selectors.items()}
    return {name: plain(text) for name, text in found.items() if text and plain(text)}


def _filled(product: PageProduct, selected: Mapping[str, str]) -> PageProduct:
    """A product with what selectors found for fields that are still empty."""
    category = selected.get("category")
    return replace(
        product,
        title=product.title or selected.get("title", ""),
        brand=product.brand or selected.get("brand", ""),
        price=selected.get("price", "") if product.price == "" else product.price,
        category_hints=(*product.category_hints, *([category] if category else ())),
    )


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)


def _parse(markup: str) -> HtmlElement | None:
    """The page's tree; None for what holds no element at all."""
    parser = lxml.html.HTMLParser(encoding="utf-8", recover=True)
    try:
        return lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, ValueError):
        return None


def _base_url(tree: HtmlElement, url: str) -> str:
    return next((absolute_url(url, href) or url for href in tree.xpath("//base/@href")[:1]), url)


def _canonical(tree: HtmlElement, base_url: str, url: str) -> str:
    hrefs = tree.xpath('//link[@rel="canonical"]/@href')[:1]
    stated = next((absolute_url(base_url, href) for href in hrefs), None)
    return url if stated is None else own_address(url, stated)
