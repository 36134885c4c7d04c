"""The one place where a raw row of any source becomes a product."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeVar
from unicodedata import digit, normalize

from catalog.importers.category_levels import levels_of, meanings_of_path, narrowest_of
from catalog.importers.cells import CellError, shown, text_of
from catalog.importers.price import DecimalMark, currency_code, parse_price
from catalog.importers.validity import holds
from lookalike.contract.errors import BadRequestError
from lookalike.contract.listing import (
    MAX_ATTRIBUTE_CHARS,
    MAX_ATTRIBUTES,
    MAX_CATEGORY_CHARS,
    MAX_URL_CHARS,
)
from lookalike.contract.schemas import MAX_ID_CHARS, MAX_TEXT_CHARS
from lookalike.contract.taxonomy import Category
from lookalike.contract.web_address import is_web_address
from lookalike.products import Product

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": ("id", "article_id", "product_id", "sku"),
        "title": ("title", "name", "prod_name"),
        "brand": ("brand", "brand_name", "vendor"),
        "category": ("category", "product_type", "product_type_name"),
        "price": ("price",),
        "sale_price": ("sale_price",),
        "sale_dates": ("sale_price_effective_date",),
        "currency": ("currency",),
        "item_url": ("item_url", "url", "link"),
        "image_path": ("image_path", "image"),
        "image_url": ("image_url", "img_url", "image_link"),
        "attributes": ("attributes",),
    }
)
"""What a product is made of, and the columns that hold it; the first that is there counts.

Source: Google Merchant Center's product data specification has those of a sale.
"""

_NO_ID: Final = re.compile(r"[\x00-\x1f/]")
_PLAIN_URL: Final = re.compile(r"https?://[\w.-]*\w(?:[/?#]|$)")
"""Nearly all addresses; the others, with a port, a user or an odd host, are taken apart."""
_NO_URL: Final = re.compile(r"[\x00-\x1f\x7f\\]")
_TO_ENCODE: Final = str.maketrans({c: f"%{ord(c):02X}" for c in ' "<>^`{|}'})
"""What no address has and browsers percent-encode. Source: RFC 3986, section 2; URL Standard."""
_NEXT_ADDRESS: Final = re.compile(r",\s*(?=https?://)")
"""In a cell of several pictures, as WooCommerce writes them."""

_T = TypeVar("_T")


class RowError(BadRequestError):
    """A row can't become a product; the message names the column and its value."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All of a product but its picture, and where that is: a local path, a URL, or neither."""

    id: str
    title: str
    brand: str
    category: Category
    price_minor: int
    currency: str
    item_url: str
    attributes: dict[str, str] = field(default_factory=dict)
    image_path: str | None = None
    image_url: str | None = None

    def product(self, image_key: str | None) -> Product:
        """The product with its picture's key in the image folder, None for no picture."""
        return Product(
            id=self.id,
            title=self.title,
            brand=self.brand,
            category=self.category,
            price_minor=self.price_minor,
            currency=self.currency,
            item_url=self.item_url,
            image_key=image_key,
            attributes=self.attributes,
        )


@dataclass(frozen=True, slots=True)
class RowRules:
    """How a source differs from the usual.

    `columns` gives other names for what is in `COLUMNS`; `attributes` are columns kept as
    attributes; `terms` (NFKC, case-folded) are categories by the shop's own words; `decimal_mark`
    is what the source writes before decimals, None to tell from each price.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: COLUMNS)
    attributes: tuple[str, ...] = ()
    terms: Mapping[str, Category] = field(default_factory=dict)
    decimal_mark: DecimalMark | None = None


DEFAULT_RULES: Final = RowRules()


def parse_listing(
    fields: Mapping[str, object],
    *,
    default_currency: str | None,
    rules: RowRules = DEFAULT_RULES,
) -> Listing:
    """A listing from a row of any source, by column name; columns it does not know are ignored.

    Needed are id, title, category and price, or a sale price that holds now; `default_currency`
    (ISO 4217) is that of rows whose price names none. "attributes" may be a mapping, or a JSON
    object as text.

    Raises:
        RowError: a value is missing or can't be used; a sentence with its column and value.
    """
    row = _Row(fields, rules)
    stated = row.read("currency", _currency)
    price_minor, currency = row.read(
        "sale_price" if _is_on_sale(row) else "price",
        lambda value: parse_price(value, stated, default_currency, rules.decimal_mark),
    )
    image_path = row.read("image_path", text_of)
    image_url = row.read("image_url", _first_url)
    if "://" in image_path or image_path.startswith("//"):
        image_path, image_url = "", row.read("image_path", _first_url)
    product_id = row.read("id", _id)
    title = row.read("title", lambda value: _text(value, least=1))
    return Listing(
        id=product_id,
        title=title,
        brand=row.read("brand", _text),
        category=row.read("category", lambda value: _category(value, title, rules.terms)),
        price_minor=price_minor,
        currency=currency,
        item_url=row.read("item_url", web_url),
        attributes=row.attributes(),
        image_path=image_path or None,
        image_url=image_url or None,
    )


def listed_id(fields: Mapping[str, object], columns: Mapping[str, tuple[str, ...]]) -> str:
    """The id in a row of any source, of which nothing else need be right.

    Raises:
        RowError: it is missing or can't be one.
    """
    return _Row(fields, RowRules(columns)).read("id", _id)


def web_url(value: object) -> str:
    """An http or https address as one may be asked for; "" for none.

    What can't stand in an address is percent-encoded, as browsers do it.

    Raises:
        CellError: it is no such address, or a too long one.
    """
    text = text_of(value)
    if text.startswith("//"):
        text = "https:" + text
    usable = not text or _PLAIN_URL.match(text) or is_web_address(text)
    if not usable or _NO_URL.search(text):
        raise CellError("is no http or https address")
    text = text.translate(_TO_ENCODE)
    if len(text) > MAX_URL_CHARS:
        raise CellError(f"has {len(text):,} characters; at most {MAX_URL_CHARS:,} are taken")
    return text


@dataclass(frozen=True, slots=True)
class _Row:
    fields: Mapping[str, object]
    rules: RowRules

    def read(self, what: str, parse: Callable[[object], _T]) -> _T:
        names = self.rules.columns[what]
        column = next((name for name in names if name in self.fields), names[0])
        return _parsed(column, self.fields.get(column), parse)

    def attributes(self) -> dict[str, str]:
        found = self.read("attributes", _attributes)
        for column in self.rules.attributes:
            value = _parsed(column, self.fields.get(column), _attribute)
            if value:
                found[column] = value
        if len(found) > MAX_ATTRIBUTES:
            raise RowError(f"{len(found):,} attributes; at most {MAX_ATTRIBUTES} are taken")
        return found


def _parsed(column: str, value: object, parse: Callable[[object], _T]) -> _T:
    try:
        return parse(value)
    except CellError as error:
        empty = value is None or value == ""
        raise RowError(
            f"{column} {error}" if empty else f"{column} {shown(value)} {error}"
        ) from None


def _id(value: object) -> str:
    text = text_of(value)
    if not text:
        raise CellError("is missing")
    if len(text) > MAX_ID_CHARS:
        raise CellError(f"has {len(text):,} characters; at most {MAX_ID_CHARS} are taken")
    if _NO_ID.search(text):
        raise CellError("holds a slash or control characters, which an id can't")
    if text in {".", ".."}:
        raise CellError("is a step in an address, which an id can't be")
    return text


def _text(value: object, least: int = 0) -> str:
    text = text_of(value)
    if len(text) < least:
        raise CellError("is missing")
    if len(text) > MAX_TEXT_CHARS:
        raise CellError(f"has {len(text):,} characters; at most {MAX_TEXT_CHARS} are taken")
    return text


def _currency(value: object) -> str | None:
    text = text_of(value)
    return currency_code(text) if text else None


def _is_on_sale(row: _Row) -> bool:
    """Whether the row has a sale price that holds now; 0 is none."""
    if not row.read("sale_price", _is_amount):
        return False
    dates = row.read("sale_dates", text_of)
    starts, _, ends = dates.partition("/")
    return not dates or holds(datetime.now(UTC), starts.strip(), ends.strip())


def _is_amount(value: object) -> bool:
    return any(digit(character, 0) for character in text_of(value))


def _category(value: object, title: str, terms: Mapping[str, Category]) -> Category:
    text = normalize("NFKC", text_of(value))  # whatever its letters are composed of
    if not text:
        raise CellError("is missing")
    if len(text) > MAX_CATEGORY_CHARS:
        raise CellError(f"has {len(text):,} characters; at most {MAX_CATEGORY_CHARS:,} are taken")
    # A path of categories ends with the narrowest: "Women > Dresses > Midi dresses".
    for own in (text, levels_of(text)[0]):
        if (category := terms.get(own.strip().casefold())) is not None:
            return category
    meant = narrowest_of(meanings_of_path(text, title, terms))
    category = next(iter(meant)) if len(meant) == 1 else None
    if category is None:
        raise CellError("means none of the 13 categories")
    return category


def _first_url(value: object) -> str:
    return web_url(_NEXT_ADDRESS.split(text_of(value), maxsplit=1)[0])


def _attributes(value: object) -> dict[str, str]:
    if isinstance(value, str):
        value = _json_object(value)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise CellError("is no JSON object")
    # In a Parquet column of objects each row has the names of all rows, null where it has none.
    return {_attribute(name): _attribute(held) for name, held in value.items() if held is not None}


def _json_object(text: str) -> object:
    try:
        return json.loads(text) if text.strip() else None
    except (ValueError, RecursionError):
        raise CellError("is no JSON object") from None


def _attribute(value: object) -> str:
    text = text_of(value)
    if len(text) > MAX_ATTRIBUTE_CHARS:
        raise CellError(f"has {len(text):,} characters; at most {MAX_ATTRIBUTE_CHARS:,} are taken")
    return text
