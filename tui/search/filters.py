"""What a shopper asks for beyond the look: category, price, brands, order, number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from lookalike.contract.errors import BadRequestError
from lookalike.contract.taxonomy import Category
from lookalike.typed_price import typed_price
from tui.search.crop_box import Box
from tui.wording import say

if TYPE_CHECKING:
    from lookalike.contract.schemas import RecommendParams, SearchParams, Sort

CategoryChoice = Category | Literal["auto", "any"]
P = TypeVar("P", bound="SearchParams")
SORTS: Final[tuple[Sort, ...]] = ("similarity", "price", "value")


@dataclass(frozen=True, slots=True)
class Filters:
    """`max_price` in major units of whatever currency a product is priced in; None: no limit.

    `reference_price` is what the look of a photo costs, None where that is not known: savings are
    measured from it. It leaves no product out, and counts for nothing beside a product's own price.
    """

    category: CategoryChoice = "auto"
    max_price: Decimal | None = None
    brands: tuple[str, ...] = field(default=())
    sort: Sort = "similarity"
    k: int = 10
    reference_price: Decimal | None = None

    @property
    def narrow(self) -> bool:
        """Whether products are left out that the shopper did not want: by category, price, brand.

        The service's own guess of the category does not count.
        """
        named = isinstance(self.category, Category)
        return named or self.max_price is not None or bool(self.brands)

    def _fields(self) -> dict[str, Any]:
        named = isinstance(self.category, Category)
        fields: dict[str, Any] = {
            "k": self.k,
            "categories": [self.category] if named else self.category,
            "sort": self.sort,
        }
        if self.max_price is not None:
            fields["max_price"] = self.max_price
        if self.brands:
            fields["brands"] = list(self.brands)
        return fields

    def for_product(self) -> SearchParams:
        """As parameters of "more like this". Raises: BadRequestError."""
        from lookalike.contract.schemas import SearchParams

        return _checked(SearchParams, self._fields())

    def for_photo(self, box: Box) -> RecommendParams:
        """As parameters of a search by photo. Raises: BadRequestError."""
        from lookalike.contract.schemas import RecommendParams

        fields = self._fields() | {"crop": box.as_crop()}
        if self.reference_price is not None and self.sort == "value":  # refused with another sort
            fields["reference_price"] = self.reference_price
        return _checked(RecommendParams, fields)


def _checked(kind: type[P], fields: dict[str, Any]) -> P:
    from pydantic import ValidationError

    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        problem = error.errors()[0]
        named = ".".join(str(part) for part in problem["loc"])
        raise BadRequestError(f"{named}: {problem['msg']}") from None


def parse_price(text: str) -> Decimal | None:
    """An amount as people type it; None where nothing is typed.

    Raises: BadRequestError, for what may mean two amounts as well.
    """
    if not text.strip():
        return None
    amount = typed_price(text)
    if amount is None:
        raise BadRequestError(say("an amount like 40 or 39.90 is needed"))
    return amount


def parse_reference_price(text: str) -> Decimal | None:
    """What a look costs, as people type it; None where nothing is typed.

    Raises: BadRequestError, for what may mean two amounts as well, and for nothing.
    """
    from lookalike.contract.schemas import LEAST_REFERENCE_PRICE

    amount = parse_price(text)
    if amount is not None and amount < LEAST_REFERENCE_PRICE:
        raise BadRequestError(say("an amount above 0 is needed"))
    return amount


def parse_count(text: str) -> int:
    """How many products. Raises: BadRequestError."""
    from lookalike.contract.schemas import MAX_K

    if not text.strip().isdecimal() or not 1 <= int(text) <= MAX_K:
        raise BadRequestError(say("a number from 1 to {most} is needed", most=MAX_K))
    return int(text)


def parse_brands(text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
    """Brands between commas, each once, in the order given.

    A brand that has commas is one where it is `known`, with or without its capitals.
    """
    with_commas = {brand.casefold() for brand in known if "," in brand}
    parts, brands = text.split(","), list[str]()
    while parts:
        starts = (",".join(parts[:end]).strip() for end in range(len(parts), 1, -1))
        brand = next((start for start in starts if start.casefold() in with_commas), None)
        if brand is None:
            brand = parts[0].strip()
        brands.append(brand)
        parts = parts[brand.count(",") + 1 :]
    return tuple(dict.fromkeys(brand for brand in brands if brand))
