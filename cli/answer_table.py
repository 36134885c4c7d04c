"""A search's answer as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from cli.sentences import say
from lookalike.client.address import is_nats
from lookalike.contract import money
from lookalike.contract.schemas import Hit, ProductReply, RecommendParams, RecommendReply
from lookalike.contract.subjects import without_login
from lookalike.plain_text import plain

_VERDICTS = {
    "same": "The same look is in the catalogue.",
    "similar": "Similar looks are in the catalogue.",
    "none_close": "Nothing close is in the catalogue; these come nearest.",
}


def print_answer(
    console: Console, reply: RecommendReply, params: RecommendParams, url: str
) -> None:
    """Print category, verdict and hits of an answer to `params`.

    `url` is the service's, for picture addresses.
    """
    guess = reply.category
    others = ", ".join(f"{g.name} {g.confidence:.0%}" for g in guess.alternatives)
    console.print(f"[bold]{guess.name}[/bold] {guess.confidence:.0%} (then {others})")
    console.print(_verdict(reply, params))
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
    with_value = any(hit.value is not None for hit in hits)
    table = Table(box=None, pad_edge=False)
    for heading, right in (("#", True), ("similar", True), ("match", True), ("price", True)):
        table.add_column(heading, justify="right" if right else "left")
    if with_value:
        table.add_column("saving", justify="right")
    table.add_column("title", overflow="fold")
    table.add_column("brand", overflow="fold")
    table.add_column("product", no_wrap=True)
    for hit in hits:
        cells = [str(hit.rank), f"{hit.similarity:.3f}", f"{hit.match:.0%}", price(hit.product)]
        if with_value:
            cells.append("" if hit.saving is None else f"{hit.saving:+.0%}")
        product = hit.product
        item = Text(plain(product.id), Style(link=plain(product.item_url)))
        table.add_row(*cells, Text(plain(product.title)), Text(plain(product.brand)), item)
    console.print(table)
    best = hits[0].product
    say(console, f"first hit's page:    {plain(best.item_url)}")
    if best.image_url is not None:
        # Over NATS the pictures' address is not known, unless the service was told its own.
        with_base = "://" in best.image_url or is_nats(url)
        picture = best.image_url if with_base else without_login(url).rstrip("/") + best.image_url
        say(console, f"first hit's picture: {plain(picture)}")


def price(product: ProductReply) -> str:
    """A price with its currency, in the currency's own number of decimals."""
    return f"{product.price:,.{money.exponent(product.currency)}f} {product.currency}"
