"""`lookalike search`: ask a running service about a photo."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.answer_table import print_answer
from cli.search_params import search_params
from cli.sentences import say, sentence_of
from lookalike.client import DEFAULT_URL, client_for
from lookalike.contract.addresses import URL_VARIABLE
from lookalike.contract.credentials import API_KEY_VARIABLE
from lookalike.contract.errors import LookalikeError
from lookalike.contract.schemas import RecommendParams, RecommendReply, Sort


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
    reference_price: Annotated[
        str | None,
        typer.Option(help="What the look costs: with --sort value, savings are measured from it."),
    ] = None,
    url: Annotated[
        str,
        typer.Option(envvar=URL_VARIABLE, help="The service: http://… or, over NATS, nats://…."),
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
        params = search_params(
            crop=crop,
            k=k,
            max_price=max_price,
            min_price=min_price,
            currency=currency,
            categories=category,
            brands=brand,
            sort=sort,
            reference_price=reference_price,
        )
        reply = asyncio.run(_ask(url, deadline, api_key, photo.read_bytes(), params))
    except (LookalikeError, typer.BadParameter, OSError) as error:
        say(errors, sentence_of(error), "red")
        raise typer.Exit(1) from None
    if as_json:
        typer.echo(reply.model_dump_json(indent=2))
    else:
        print_answer(Console(), reply, params, url)


async def _ask(
    url: str, deadline_s: float, api_key: str | None, photo: bytes, params: RecommendParams
) -> RecommendReply:
    async with client_for(url, deadline_s=deadline_s, api_key=api_key) as client:
        return await client.recommend(photo, params)
