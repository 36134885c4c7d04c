"""The wire types: what a caller sends and what comes back, over HTTP and NATS alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from lookalike.contract.taxonomy import Category

MAX_K = 100
"""Most hits that one request may ask for."""
MAX_FILTER_VALUES = 1_000
"""Most brands or excluded ids that one request may name."""

MAX_ID_CHARS = 200
"""Longest product id."""
MAX_TEXT_CHARS = 300
"""Longest title or brand."""

MAX_PHOTO_BYTES = 15_000_000
"""Largest photo, encoded."""
MAX_PHOTO_PIXELS = 50_000_000
"""Largest photo, decoded."""
MAX_DECODING_BYTES = 400_000_000
"""Most memory that decoding a photo may take: at 50 megapixels twice what the picture itself does.
WebP is decoded up to 25 megapixels so, progressive JPEG without subsampling up to 40."""
MAX_PARAMS_BYTES = 256 * 1024
"""Longest JSON of a request's parameters."""
MAX_ADDRESS_CHARS = 14_000
"""Longest path and query over HTTP. Of a request's first line and headers together the proxy of
`lookalike up` takes 15,360 bytes. Source: HAProxy 2.8, tune.bufsize 16384, tune.maxrewrite 1024."""

DEADLINE_HEADER = "Lookalike-Deadline"
"""Seconds that the caller is ready to wait, above 0."""

REQUEST_ID_HEADER = "X-Request-Id"
"""Of requests and replies: the id under which the service logs them; a caller's counts where it is
1 to 64 of `A-Z a-z 0-9 . _ -`."""

Sort = Literal["similarity", "price", "value"]
Verdict = Literal["same", "similar", "none_close"]
CropUnit = Literal["px", "fraction"]

Price = Annotated[
    Decimal,
    Field(ge=0, le=10**12, max_digits=19, decimal_places=6, allow_inf_nan=False),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""An amount in major units, a JSON number on the wire."""


def _computed(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.000001"))


PriceLimit = Annotated[
    Decimal,
    Field(ge=0, le=10**12, allow_inf_nan=False),
    AfterValidator(_computed),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""An amount to compare prices with, in major units: 80 % of 19.99 is 15.991999999999999 where it is
computed in floating point, and taken to six places."""
LEAST_REFERENCE_PRICE: Final = Decimal("0.001")
"""The least amount of any currency."""
ReferencePrice = Annotated[
    Decimal,
    Field(ge=LEAST_REFERENCE_PRICE, le=10**12, allow_inf_nan=False),
    AfterValidator(_computed),
    PlainSerializer(float, return_type=float, when_used="json"),
]
"""An amount that savings are a part of, in major units."""
_LIMIT: Final = "in major units, the limit itself included; taken to six places"

Categories = Annotated[list[Category], Field(max_length=len(Category))]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code")]
Similarity = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1)]


def storable(text: str) -> str:
    """The text itself. Raises: ValueError for lone surrogates, which no UTF-8 can hold."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode text") from None
    return text


ProductId = Annotated[
    str,
    Field(min_length=1, max_length=MAX_ID_CHARS, pattern=r"^[^\x00-\x1f\/]+$"),
    AfterValidator(storable),
]


def stripped(text: object) -> object:
    """Text without white space around it, by Python's notion of that: pydantic takes less for it.

    Anything else stays, for the type to refuse.
    """
    return text.strip() if isinstance(text, str) else text


Text = Annotated[
    str,
    BeforeValidator(stripped),
    Field(min_length=1, max_length=MAX_TEXT_CHARS),
    AfterValidator(storable),
]


class Wire(BaseModel):
    """Base of all wire types: frozen, and strict about unknown fields.

    Numbers that JSON lacks come back as they went, for whoever refuses them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Crop(Wire):
    """A box in the upright (EXIF-turned) photo, measured from its top left corner.

    In pixels, or with `unit: "fraction"` in fractions of the photo's width and height. What
    lies outside the photo is cut off, and the reply says so.
    """

    x: float
    y: float
    width: float
    height: float
    unit: CropUnit = "px"


class SearchParams(Wire):
    """What to search the catalogue for, once the look is known."""

    k: int = Field(default=10, ge=1, le=MAX_K, description="how many products to answer")
    categories: Literal["auto", "any"] | Categories = Field(
        default="auto",
        description='names, "any", or "auto": the predicted one, with the next likely ones where '
        "the classifier is not sure",
    )
    min_price: PriceLimit | None = Field(default=None, description=_LIMIT)
    max_price: PriceLimit | None = Field(
        default=None, description=f"{_LIMIT}; leaves out products whose price is not known"
    )
    currency: Currency | None = Field(
        default=None, description="only products priced in it; none: each in its own currency"
    )
    brands: list[Text] | None = Field(
        default=None, max_length=MAX_FILTER_VALUES, description="capitals or not is one brand"
    )
    exclude: list[ProductId] = Field(
        default_factory=list, max_length=MAX_FILTER_VALUES, description="product ids to leave out"
    )
    sort: Sort = Field(
        default="similarity",
        description="`price`: the same products, cheapest first, those without a price last; "
        "`value`: match and saving weighed, among more candidates",
    )
    min_similarity: Similarity | None = Field(
        default=None, description="least cosine, to 0.0001: features are kept in half precision"
    )

    @model_validator(mode="after")
    def _check_prices(self) -> SearchParams:
        if None not in (self.min_price, self.max_price) and self.min_price > self.max_price:  # type: ignore[operator]
            raise ValueError("min_price is above max_price")
        if isinstance(self.categories, list) and not self.categories:
            raise ValueError('categories is empty; say "any" for all')
        return self


class RecommendParams(SearchParams):
    """Parameters of `recommend`."""

    crop: Crop | None = Field(default=None, description="none: the whole photo")
    reference_price: ReferencePrice | None = Field(
        default=None,
        description='what the look costs, in major units: with `sort: "value"` savings are '
        "measured from it, in the currency of the most similar product that has a price; none: "
        "from the median price of the candidates in that currency",
    )

    @model_validator(mode="after")
    def _check_reference_price(self) -> RecommendParams:
        if self.reference_price is not None and self.sort != "value":
            raise ValueError('reference_price counts with sort "value" alone')
        return self


class ClassifyParams(Wire):
    """Parameters of `classify`."""

    crop: Crop | None = None


class CropBox(Wire):
    """A box in whole pixels of the upright photo."""

    x: int
    y: int
    width: int
    height: int


class UsedCrop(CropBox):
    """The box that was searched; `clipped` where a part of the asked one lay outside."""

    clipped: bool = False


class CategoryGuess(Wire):
    """A category with the probability that the classifier gives it."""

    name: Category
    confidence: Probability


class CategoryReply(CategoryGuess):
    """The likeliest category, and the next likely ones."""

    alternatives: list[CategoryGuess]


class ProductReply(Wire):
    """A product as a shopper sees it; `price` in major units of `currency`, 0 where not known."""

    id: str
    title: str
    brand: str
    category: Category
    price: Price
    currency: Currency
    item_url: str
    image_url: str | None
    attributes: dict[str, str] = Field(
        description="what else the shop says; of a crawled product `availability`, where "
        "OutOfStock, SoldOut and Discontinued are sold out"
    )


class Hit(Wire):
    """One answer.

    `similarity` is the cosine of the two features; `match` the calibrated probability that a
    shopper would call the two alike. `saving` and `value` come with `sort: "value"`.
    """

    rank: int
    similarity: float
    match: Probability
    saving: float | None = Field(
        default=None,
        description="the part of the reference price that this product saves: 0.25 costs a "
        "quarter less, below 0 is dearer, and -1 is twice the reference price or more. That price "
        "is `reference_price`, or what the product asked about costs, or the candidates' median. "
        "null where the price is unknown or in another currency",
    )
    value: float | None = Field(
        default=None, description="what the hits are ordered by: match x (1 + 0.5 x saving)"
    )
    product: ProductReply


class SearchReply(Wire):
    """Fields that every search answers with."""

    request_id: str
    hits: list[Hit]
    verdict: Verdict
    searched: list[Category] = Field(description="the categories that hits could come from")
    catalog_version: int
    model_version: str
    timings_ms: dict[str, float]


class RecommendReply(SearchReply):
    """Answer of `recommend`."""

    category: CategoryReply
    crop: UsedCrop


class SimilarReply(SearchReply):
    """Answer of `products/{id}/similar`."""

    product: ProductReply


class ClassifyReply(Wire):
    """Answer of `classify`."""

    request_id: str
    category: CategoryReply
    crop: UsedCrop
    model_version: str
    timings_ms: dict[str, float]


class CropsReply(Wire):
    """Suggested crop boxes, the likeliest garment first, and the upright photo's size in pixels."""

    request_id: str
    width: int
    height: int
    crops: list[CropBox]
    timings_ms: dict[str, float]


class ErrorBody(Wire):
    """What went wrong; `code` is stable, `message` is for people."""

    code: str
    message: str
    request_id: str


class ErrorReply(Wire):
    """Every answer that is not a success."""

    error: ErrorBody


class HealthReply(Wire):
    """The process answers."""

    status: Literal["ok"]


class ReadyReply(Wire):
    """Every stage answered a canary picture.

    Where a shard can't reach the store it answers with what it has; `store_out_of_reach_s` says
    for how long.
    """

    status: Literal["ready"]
    products: int
    catalog_version: int
    model_version: str
    store_out_of_reach_s: float = 0.0
