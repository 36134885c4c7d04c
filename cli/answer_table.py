"""A search's answer as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cli.sentences import say
from lookalike import percents
from lookalike.client.address import is_nats
from lookalike.contract import money
from lookalike.contract.availability import is_sold_out
from lookalike.contract.schemas import Hit, ProductReply, RecommendParams, RecommendReply
from lookalike.contract.subjects import without_login
from lookalike.plain_text import plain

_VERDICTS = {
    "same": "The same look is in the catalogue.",
    "similar": "Similar looks are in the catalogue.",
    "none_close": "Nothing close is in the catalogue; these come nearest.",
}

_LEAST_CELLS: Final = 8
"""Narrowest that a text's column gets; numbers are whole in any window, if it wraps the lines."""
_GAP_CELLS: Final = 2


def print_answer(
    console: Console, reply: RecommendReply, params: RecommendParams, url: str
) -> None:
    """Print category, verdict and hits of an answer to `params`.

    `url` is the service's, for picture addresses.
    """
    guess = reply.category
    likely = [other for other in guess.alternatives if percents.reached(other.confidence)]
    others = ", ".join(f"{g.name} {percents.reached(g.confidence)}%" for g in likely)
    then = f" (then {others})" if others else ""
    console.print(f"[bold]{guess.name}[/bold] {percents.reached(guess.confidence)}%{then}")
    console.print(_verdict(reply, params))
    if reply.crop.clipped:
        box = f"{reply.crop.x},{reply.crop.y},{reply.crop.width},{reply.crop.height}"
        say(console, f"The box reached beyond the photo: {box} was searched.")
    if reply.hits:
        _print_hits(console, reply.hits, url)
    total = reply.timings_ms.get("total", 0.0)
    console.print(f"[dim]{total:.0f} ms in the service, catalogue {reply.catalog_version}")


def _verdict(reply: RecommendReply, params: RecommendParams) -> str:
    limits = (params.min_price, params.max_price, params.currency, params.brands or None)
    if isinstance(params.categories, list) or any(limit is not None for limit in limits):
        if not reply.hits:
            return "No product fits these filters."
        if reply.verdict == "none_close":
            return "Nothing close fits these filters; these come nearest."
    elif not reply.hits and params.categories == "any":
        return "The catalogue is empty."
    elif not reply.hits:
        return "No product of this category is in the catalogue."
    return _VERDICTS[reply.verdict]


def _print_hits(console: Console, hits: Sequence[Hit], url: str) -> None:
    _print_table(console, hits)
    best = hits[0].product
    if best.item_url:
        say(console, f"first hit's page:    {plain(best.item_url)}")
    if best.image_url is not None:
        # Over NATS the pictures' address is not known, unless the service was told its own.
        with_base = "://" in best.image_url or is_nats(url)
        picture = best.image_url if with_base else without_login(url).rstrip("/") + best.image_url
        say(console, f"first hit's picture: {plain(picture)}")


def _print_table(console: Console, hits: Sequence[Hit]) -> None:
    """A row a hit; titles, brands and long ids are folded, numbers never."""
    headings = ["#", "similar", "match", "price"]
    if any(hit.value is not None for hit in hits):
        headings.append("saving")
    numbers = [_numbers(hit)[: len(headings)] for hit in hits]
    columns = zip(headings, *numbers, strict=True)
    # The texts' gaps as well as the numbers' own: every column but the last has one behind it.
    taken = sum(max(map(cell_len, cells)) for cells in columns)
    taken += (len(headings) + 2) * _GAP_CELLS
    longest_id = max(cell_len(plain(hit.product.id)) for hit in hits)
    id_fits = taken + 2 * _LEAST_CELLS + longest_id <= console.width
    least = taken + 3 * _LEAST_CELLS
    too_wide = not id_fits and least > console.width
    table = Table(box=None, pad_edge=False, width=least if too_wide else None)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("title", overflow="fold")
    table.add_column("brand", overflow="fold")
    table.add_column("product", overflow="fold", no_wrap=id_fits)
    for hit, cells in zip(hits, numbers, strict=True):
        product = hit.product
        item = Text(plain(product.id), Style(link=plain(product.item_url) or None))
        table.add_row(*cells, Text(_title(product)), Text(plain(product.brand)), item)
    console.print(table, crop=False)


def _numbers(hit: Hit) -> list[str]:
    saving = "" if hit.saving is None else _signed(percents.nearest(hit.saving))
    match = f"{percents.reached(hit.match)}%"
    return [str(hit.rank), f"{hit.similarity:.3f}", match, price(hit.product), saving]


def _title(product: ProductReply) -> str:
    title = plain(product.title)
    return f"{title} (sold out)" if is_sold_out(product.attributes) else title


def _signed(percent: int) -> str:
    return f"{percent:+}%" if percent else "0%"


def price(product: ProductReply) -> str:
    """A price with its currency, in the currency's own number of decimals; 0 is no price."""
    if not product.price:
        return "no price"
    return f"{product.price:,.{money.exponent(product.currency)}f} {product.currency}"
