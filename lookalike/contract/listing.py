"""The wire types of a shop's changes: a product put or deleted while the service runs."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)

from lookalike.contract import money
from lookalike.contract.errors import LookalikeError
from lookalike.contract.schemas import (
    MAX_ID_CHARS,
    MAX_TEXT_CHARS,
    CategoryReply,
    Currency,
    Price,
    ProductId,
    ProductReply,
    Wire,
    storable,
    stripped,
)
from lookalike.contract.taxonomy import Category
from lookalike.contract.validation import bad_request
from lookalike.contract.web_address import is_web_address

E = TypeVar("E", bound=LookalikeError)

MAX_URL_CHARS: Final = 2_000
MAX_ATTRIBUTES: Final = 64
MAX_CATEGORY_CHARS: Final = 2_000
"""Of a shop's own words for a category, paths of it included; longer ones are descriptions."""
MAX_ATTRIBUTE_CHARS: Final = 2_000
"""Longest value of an attribute."""

_UNKNOWN_END: Final = "; the change may or may not be stored: it is safe to send it again"
_UNKNOWN_END_ONCE: Final = "; the change may or may not be stored: sent again it is another one"


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not hold NUL characters")
    return text


def _addressable(product_id: str) -> str:
    if product_id in (".", ".."):
        raise ValueError("must not be . or ..: clients take that for a step in the address")
    if product_id != product_id.strip():
        raise ValueError("must not begin or end with a space: headers lose it")
    if "\ufffd" in product_id:
        raise ValueError("must be valid UTF-8 in the address")  # what servers make of other bytes
    return product_id


NewProductId = Annotated[ProductId, AfterValidator(_addressable)]
_NEW_ID: Final = TypeAdapter(NewProductId)
ListedText = Annotated[
    str, BeforeValidator(stripped), AfterValidator(storable), AfterValidator(_without_nul)
]
"""Text that every database can hold, and a table without losing white space around it."""


class PutProductParams(Wire):
    """A product as a shop lists it; replaces all that was listed under its id.

    White space around a text is no part of it.
    """

    title: ListedText = Field(min_length=1, max_length=MAX_TEXT_CHARS)
    brand: ListedText = Field(default="", max_length=MAX_TEXT_CHARS)
    category: Category | None = Field(
        default=None, description="none: what the classifier sees in the picture"
    )
    currency: Currency
    price: Price = Field(description="in major units, no finer than the currency's minor unit")
    item_url: ListedText = Field(
        max_length=MAX_URL_CHARS,
        pattern=r'^https?://[^\x00-\x20\x7f<>"\\^`\{\|\}]+$',  # as browsers read it too, flag v
        description="the product's page in the shop",
    )
    attributes: dict[
        Annotated[ListedText, Field(min_length=1, max_length=MAX_ID_CHARS)],
        Annotated[ListedText, Field(max_length=MAX_ATTRIBUTE_CHARS)],
    ] = Field(default_factory=dict, max_length=MAX_ATTRIBUTES)

    @field_validator("currency")
    @classmethod
    def _check_currency(cls, currency: str) -> str:
        if currency not in money.CURRENCIES:
            raise ValueError("must be an ISO 4217 code of a currency in use")
        return currency

    @field_validator("price")
    @classmethod
    def _check_price(cls, price: Decimal, info: ValidationInfo) -> Decimal:
        currency = info.data.get("currency")
        if currency and money.from_minor(money.to_minor(price, currency), currency) != price:
            raise ValueError(f"{currency} has {money.exponent(currency)} decimal places")
        return price

    @field_validator("item_url")
    @classmethod
    def _check_item_url(cls, item_url: str) -> str:
        if not is_web_address(item_url):
            raise ValueError("must be an http or https address with a host, and a port up to 65535")
        return item_url

    @field_validator("attributes", mode="wrap")
    @classmethod
    def _check_attributes(cls, sent: Any, read: ValidatorFunctionWrapHandler) -> dict[str, str]:
        attributes: dict[str, str] = read(sent)
        if len(attributes) < len(sent):
            raise ValueError("must not have names that differ in the space around them alone")
        return attributes


class PutProductReply(Wire):
    """The product as it is listed now, on disk when this is answered.

    `catalog_version` is the change's number: a search reply with that or a greater one has seen
    it. `category` is what the classifier says, where it was asked.
    """

    request_id: str
    product: ProductReply
    category: CategoryReply | None
    catalog_version: int
    model_version: str
    timings_ms: dict[str, float]


class DeleteProductReply(Wire):
    """The product is gone; `catalog_version` as in `PutProductReply`."""

    request_id: str
    id: str
    catalog_version: int


def new_product_id(sent: str) -> str:
    """An id under which a product may be listed. Raises: BadRequestError."""
    try:
        return _NEW_ID.validate_python(sent)
    except ValidationError as error:
        raise bad_request(error, "the product's id") from None


def with_unknown_end(error: E, *, repeatable: bool = True) -> E:
    """What a change is answered with of which nobody knows whether it was made.

    `repeatable`: made twice it is as made once.
    """
    if error.message.endswith(_UNKNOWN_END):  # who hands it on was told so
        return error
    told = type(error)(f"{error.message}{_UNKNOWN_END if repeatable else _UNKNOWN_END_ONCE}")
    told.request_id = error.request_id
    return told
