"""The options that say what to search for, as the service takes them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import typer
from pydantic import ValidationError

from lookalike.contract.schemas import Crop, RecommendParams, Sort
from lookalike.contract.taxonomy import Category, category_of
from lookalike.contract.validation import bad_request
from lookalike.typed_price import typed_price

_ALONE: Final = ("auto", "any")


def search_params(
    *,
    crop: str | None = None,
    k: int,
    max_price: str | None,
    min_price: str | None,
    currency: str | None,
    categories: Sequence[str] | None,
    brands: list[str] | None,
    sort: Sort,
    reference_price: str | None = None,
) -> RecommendParams:
    """What the options ask for. Raises: typer.BadParameter, BadRequestError."""
    asked: dict[str, Any] = {
        "crop": parse_crop(crop),
        "k": k,
        "max_price": _amount("--max-price", max_price),
        "min_price": _amount("--min-price", min_price),
        "currency": None if currency is None else currency.upper(),
        "categories": _categories(categories or ["auto"]),
        "brands": brands,
        "sort": sort,
    }
    if reference_price is not None:  # a service of an earlier version would refuse the field
        asked["reference_price"] = _amount("--reference-price", reference_price)
    try:
        return RecommendParams.model_validate(asked)
    except ValidationError as error:
        raise bad_request(error) from None


def parse_crop(text: str | None) -> Crop | None:
    """`X,Y,W,H` in pixels as a crop. Raises: typer.BadParameter."""
    if text is None:
        return None
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"--crop takes X,Y,W,H in pixels, not {text!r}") from None
    return Crop(x=x, y=y, width=width, height=height)


def _amount(option: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    amount = typed_price(text)
    if amount is None:
        raise typer.BadParameter(
            f"{option} takes an amount like 40 or 39.90 that can't mean another, not {text!r}"
        )
    return amount


def _categories(named: Sequence[str]) -> Any:
    if len(named) == 1 and named[0] in _ALONE:
        return named[0]
    found = {name: category_of(name) for name in named}
    unknown = [name for name, category in found.items() if category is None]
    for name in unknown:
        if name not in _ALONE:
            known = ", ".join((*_ALONE, *Category))
            raise typer.BadParameter(f"--category {name!r} is none of: {known}")
    if unknown:
        raise typer.BadParameter(
            "--category auto and --category any stand alone: give one of them, or categories"
        )
    return list(found.values())
