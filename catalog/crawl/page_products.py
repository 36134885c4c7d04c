"""The products that a page offers, read from its schema.org data and its OpenGraph tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urljoin

import lxml.html
from lxml.html import HtmlElement
from parsel import Selector

from catalog.crawl.offers import Offer, best_offer, is_better
from catalog.crawl.opengraph import OpenGraph, read_opengraph
from catalog.crawl.own_product import PageIdentity, own_product
from catalog.crawl.schema_org import Node, Things, plain, read_things
from catalog.crawl.site import absolute_url

_ID_PROPERTIES: Final = ("sku", "productID", "mpn", "gtin", "gtin14", "gtin13", "gtin12", "gtin8")
_ATTRIBUTES: Final = ("color", "material", "pattern", "gtin13", "mpn")
_MAX_ATTRIBUTES: Final = 20
_MAX_ATTRIBUTE_CHARS: Final = 200
_MAX_VARIANTS: Final = 50


@dataclass(frozen=True, slots=True)
class PageProduct:
    """A product as a page states it, all texts but those of a price as they stand there.

    `shop_id` is the shop's own number for it, "" for none; `category_hints` come best first;
    `picture_urls` are absolute, the main picture first.
    """

    shop_id: str
    title: str
    brand: str
    price: Decimal | str
    currency: str
    category_hints: tuple[str, ...]
    url: str
    picture_urls: tuple[str, ...]
    attributes: dict[str, str] = field(default_factory=dict)


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
) -> PageReading:
    """Read a page's products; one that describes none, or is no HTML at all, has none.

    `selectors` are CSS selectors by field (`title`, `brand`, `price`, `category`) for what the
    page says neither by schema.org nor by OpenGraph. `currency` (ISO 4217) is that of prices that
    name none, and of several currencies the one that counts.
    """
    tree = _parse(markup)
    if tree is None:
        return PageReading([], [], url, [])
    base_url = _base_url(tree, url)
    canonical_url = _canonical(tree, base_url, url)
    things = read_things(tree, base_url)
    opengraph = read_opengraph(tree)
    reader = _Reader(things, opengraph, tree, base_url, canonical_url, currency)
    page = PageIdentity((url, canonical_url), base_url, tree, opengraph)
    own, links = own_product(things, page)
    products = [] if own is None else list(reader.products_of(own))
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
    tree: HtmlElement
    base_url: str
    canonical_url: str
    currency: str | None

    def products_of(self, node: Node) -> Iterator[PageProduct]:
        """A product, or a group's variants that look different: each colour and picture once.

        Of variants that look alike, sizes mostly, it is the one with the lowest price at which
        one can be had, under the number of the first. Several pictures of one colour, as of two
        prints, are numbered in their order: `G1-Red`, `G1-Red-2`.
        """
        variants = self.things.nodes_of(node, "hasVariant")[:_MAX_VARIANTS]
        if not variants:
            yield self._product(node, {}, self._offer(node, {}))
            return
        group_id = self.things.text(node, "productGroupID", *_ID_PROPERTIES)
        looks = self._looks(variants, {**node, "hasVariant": None})
        seen: Counter[str] = Counter()
        for product in looks:
            shop_id = _variant_id(product, group_id, alone=len(looks) == 1)
            seen[shop_id] += 1
            if seen[shop_id] == 1:
                yield replace(product, shop_id=shop_id)
            elif shop_id:  # One without a number has the page's, which only one can have.
                yield replace(product, shop_id=f"{shop_id}-{seen[shop_id]}")

    def _looks(self, variants: Iterable[Node], group: Node) -> list[PageProduct]:
        best: dict[tuple[str, ...], tuple[Offer | None, PageProduct]] = {}
        for variant in variants:
            offer = self._offer(variant, group)
            product = self._product(variant, group, offer)
            look = (product.attributes.get("color", "").casefold(), *product.picture_urls[:1])
            if look not in best:
                best[look] = offer, product
            elif is_better(offer, best[look][0]):
                best[look] = offer, replace(product, shop_id=best[look][1].shop_id)
        return [product for _, product in best.values()]

    def undescribed(self) -> PageProduct:
        """The product of a page without schema.org data, nothing but its address known."""
        return PageProduct("", "", "", "", "", self._page_hints(""), self.canonical_url, ())

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
        own = best_offer(self.things, node, self.currency)
        return own or best_offer(self.things, group, self.currency)

    def _product(self, node: Node, group: Node, offer: Offer | None) -> PageProduct:
        def text(*names: str) -> str:
            return self.things.text(node, *names) or self.things.text(group, *names)

        title = text("name")
        hints = [
            plain(c) for of in (node, group) for c in _flat(self.things.values(of, "category"))
        ]
        return PageProduct(
            shop_id=self.things.text(node, *_ID_PROPERTIES),
            title=title,
            brand=text("brand", "manufacturer"),
            price=offer.price if offer else "",
            currency=offer.currency if offer else "",
            category_hints=(*filter(None, hints), *self._page_hints(title)),
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
        found["availability"] = availability
        for of in (group, node):
            for extra in self.things.nodes_of(of, "additionalProperty"):
                found[self.things.text(extra, "name")] = self.things.text(extra, "value")
        kept = [(n, v[:_MAX_ATTRIBUTE_CHARS]) for n, v in found.items() if n and v]
        return dict(kept[:_MAX_ATTRIBUTES])

    def _page_hints(self, title: str) -> tuple[str, ...]:
        """The page's breadcrumbs from the last to the first, without the product itself."""
        for crumbs in self.things.of_type("BreadcrumbList"):
            names = [self._crumb(item) for item in self.things.nodes_of(crumbs, "itemListElement")]
            if len(names) > 1:
                return tuple(_without_page(names, title))
        links = self.tree.xpath('//*[contains(@class, "breadcrumb")]//a')
        return tuple(_without_page([" ".join(a.text_content().split()) for a in links], title))

    def _crumb(self, item: Node) -> str:
        return self.things.text(item, "name", "item")


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


def _variant_id(product: PageProduct, group_id: str, *, alone: bool) -> str:
    color = product.attributes.get("color")
    if not group_id or not (alone or color):
        return product.shop_id or group_id
    return group_id if alone else f"{group_id}-{color}"


def _without_page(names: list[str], title: str) -> Iterator[str]:
    """Breadcrumbs last first; one that is the product's own title would be a guess."""
    for name in reversed(names):
        if name and name.casefold() != title.casefold():
            yield name


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
    """The address that the page gives as its own; a shop that sends all pages home is ignored."""
    home = urljoin(url, "/")
    for href in tree.xpath('//link[@rel="canonical"]/@href')[:1]:
        canonical = absolute_url(base_url, href)
        if canonical and canonical.startswith(home) and canonical != home:
            return canonical
    return url
