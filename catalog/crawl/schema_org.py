"""The schema.org things that a page describes, whether in JSON-LD or in microdata."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import extruct
from extruct.jsonld import HTML_OR_JS_COMMENTLINE, jstyleson
from lxml.etree import LxmlError
from lxml.html import HtmlElement

from catalog.importers.price import json_number

Node = dict[str, Any]
"""A thing: its `@type` and its properties, as the page states them."""

PRODUCT_TYPES: Final = frozenset({"Product", "IndividualProduct", "ProductModel", "ProductGroup"})

_JSON_LD: Final = "application/ld+json"
_WRAPPER: Final = re.compile(
    r"^\s*(?:(?://|/\*)\s*)?<!(?:--|\[CDATA\[)\s*(?:\*/\s*)?(?=[\[{])"
    r"|(?<=[\]}])\s*(?:(?://|/\*)\s*)?(?:--|\]\])>\s*(?:\*/\s*)?$"
)
"""What hides a script from programs that know none: `<!--` or `<![CDATA[` around it."""
_MAX_DEPTH: Final = 8
_HOLDERS: Final = ("@graph", "mainEntity", "mainEntityOfPage", "about")
"""Properties that hold the thing that a page is about; others hold its relations."""


@dataclass(slots=True)
class Things:
    """What a page describes: things at the top, and all things that have an `@id`."""

    nodes: list[Node] = field(default_factory=list)
    by_id: dict[str, Node] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def of_type(self, *types: str) -> list[Node]:
        """The page's own things of any of these types."""
        return [node for node in self.nodes if types_of(node) & set(types)]

    def values(self, node: Node, name: str) -> list[Any]:
        """A property's values, references to things elsewhere on the page followed."""
        return [self._followed(value) for value in as_list(node.get(name))]

    def nodes_of(self, node: Node, name: str) -> list[Node]:
        """Those of a property's values that are things."""
        return [value for value in self.values(node, name) if isinstance(value, dict)]

    def text(self, node: Node, *names: str) -> str:
        """The first of the properties that has a text or a named thing; "" for none."""
        for name in names:
            for value in self.values(node, name):
                if said := plain(value):
                    return said
        return ""

    def _followed(self, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("@id"), str):
            target = self.by_id.get(value["@id"], {})
            return {**target, **value}
        return value


def read_things(tree: HtmlElement, base_url: str) -> Things:
    """All that a parsed page says by schema.org; `broken` tells what could not be read."""
    things = Things()
    for item in [*_json_ld(tree, things.broken), *_microdata(tree, base_url, things.broken)]:
        things.nodes.extend(_own_things(item, 0))
        for node in _all_things(item, 0):
            if isinstance(node.get("@id"), str) and len(node) > len(
                things.by_id.get(node["@id"], ())
            ):
                things.by_id[node["@id"]] = node
    return things


def types_of(node: Node) -> set[str]:
    """A thing's types without their vocabulary: `https://schema.org/Product` is `Product`."""
    return {
        str(t).rstrip("/").rpartition("/")[2].rpartition("#")[2] for t in as_list(node.get("@type"))
    }


def as_list(value: Any) -> Sequence[Any]:
    """A property's values: none, one or several."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def plain(value: Any) -> str:
    """A value as text: a string, a number, or what a thing is called; "" for anything else."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, str):
        return " ".join(html.unescape(value).split())
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        for name in ("name", "@value", "value", "codeValue"):
            if isinstance(value.get(name), str | int | float):
                return plain(value[name])
    return ""


def _json_ld(tree: HtmlElement, broken: list[str]) -> list[Any]:
    """One script at a time: of a page's several, one that is broken does not hide the others."""
    items: list[Any] = []
    for script in tree.xpath("//script[@type]"):
        if script.get("type").partition(";")[0].strip().lower() != _JSON_LD:
            continue
        try:
            items += as_list(_loaded(script.text_content()))
        except (ValueError, RecursionError) as error:
            broken.append(f"invalid JSON-LD: {str(error).splitlines()[0][:80]}")
    return items


def _loaded(script: str) -> Any:
    """A script's JSON as extruct reads it, comments left out, but for numbers such as 29.900."""
    try:
        return json.loads(script, strict=False, parse_float=json_number)
    except ValueError:
        bare = HTML_OR_JS_COMMENTLINE.sub("", _WRAPPER.sub("", script))
        return jstyleson.loads(bare, strict=False, parse_float=json_number)


def _microdata(tree: HtmlElement, base_url: str, broken: list[str]) -> list[Any]:
    try:
        found = extruct.extract(tree, base_url=base_url, syntaxes=["microdata"], uniform=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, LxmlError):
        broken.append("invalid microdata")
        return []
    return list(found["microdata"])


def _own_things(item: Any, depth: int) -> Iterator[Node]:
    if isinstance(item, list) and depth < _MAX_DEPTH:
        for part in item:
            yield from _own_things(part, depth + 1)
    elif isinstance(item, dict) and depth < _MAX_DEPTH:
        if types_of(item):
            yield item
        for name in _HOLDERS:
            yield from _own_things(item.get(name), depth + 1)
        if "WebPage" in str(item.get("@type")) or "ItemPage" in str(item.get("@type")):
            yield from _own_things(item.get("breadcrumb"), depth + 1)


def _all_things(item: Any, depth: int) -> Iterator[Node]:
    if depth >= _MAX_DEPTH:
        return
    if isinstance(item, list):
        for part in item:
            yield from _all_things(part, depth + 1)
    elif isinstance(item, dict):
        yield item
        for part in item.values():
            if isinstance(part, list | dict):
                yield from _all_things(part, depth + 1)
