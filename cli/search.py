"""`lookalike search`: ask a running service about a photo."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from cli.answer_table import print_answer
from lookalike.client import DEFAULT_URL, client_for
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.errors import LookalikeError
from lookalike.contract.schemas import Crop, RecommendParams, RecommendReply, Sort
from lookalike.contract.taxonomy import Category, category_of


def search(
    photo: Annotated[Path, typer.Argument(help="The photo: JPEG, PNG, WebP, GIF or BMP.")],
    crop: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Box around the garment, in pixels.")
    ] = None,
    k: Annotated[int, typer.Option("--k", help="How many products, 1 to 100.")] = 10,
    max_price: Annotated[str | None, typer.Option(help="Only products up to this price.")] = None,
    min_price: Annotated[str | None, typer.Option(help="Only products from this price.")] = None,
    currency: Annotated[str | None, typer.Option(help="Only products priced in it.")] = None,
    category: Annotated[
        list[str] | None,
        typer.Option(help='A category, "auto" (the predicted one) or "any"; may be repeated.'),
    ] = None,
    brand: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    sort: Annotated[Sort, typer.Option(help="Order of the answer.")] = "similarity",
    url: Annotated[
        str,
        typer.Option(envvar="LOOKALIKE_URL", help="The service: http://… or, over NATS, nats://…."),
    ] = DEFAULT_URL,
    api_key: Annotated[
        str | None,
        typer.Option(envvar=API_KEY_VARIABLE, help="Where the service asks for one."),
    ] = None,
    deadline: Annotated[float, typer.Option(help="Seconds to wait for the answer.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="The service's reply as JSON.")] = False,
) -> None:
    """Find the products that look most like what lies in the crop of PHOTO."""
    errors = Console(stderr=True)
    try:
        params = RecommendParams.model_validate(
            {
                "crop": parse_crop(crop),
                "k": k,
                "max_price": _amount("--max-price", max_price),
                "min_price": _amount("--min-price", min_price),
                "currency": currency,
                "categories": _categories(category or ["auto"]),
                "brands": brand,
                "sort": sort,
            }
        )
        reply = asyncio.run(_ask(url, deadline, api_key, photo.read_bytes(), params))
    except (LookalikeError, typer.BadParameter, OSError) as error:
        errors.print(f"[red]{error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except ValidationError as error:
        for problem in error.errors():
            field = ".".join(str(part) for part in problem["loc"])
            errors.print(f"[red]{field}: {problem['msg']}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(reply.model_dump_json(indent=2))
    else:
        print_answer(Console(), reply, url)


async def _ask(
    url: str, deadline_s: float, api_key: str | None, photo: bytes, params: RecommendParams
) -> RecommendReply:
    async with client_for(url, deadline_s=deadline_s, api_key=api_key) as client:
        return await client.recommend(photo, params)


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
    try:
        return None if text is None else Decimal(text)
    except InvalidOperation:
        raise typer.BadParameter(f"{option} takes an amount of money, not {text!r}") from None


def _categories(named: Sequence[str]) -> Any:
    if len(named) == 1 and named[0] in ("auto", "any"):
        return named[0]
    found = {name: category_of(name) for name in named}
    unknown = [name for name, category in found.items() if category is None]
    if unknown:
        known = ", ".join(Category)
        raise typer.BadParameter(f"--category {unknown[0]!r} is none of: auto, any, {known}")
    return list(found.values())
