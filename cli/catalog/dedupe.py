"""`lookalike catalog dedupe`: listings that look the same and cost about the same."""

from __future__ import annotations

import json
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from catalog.dedupe import DuplicateGroup, Likeness, find_duplicates
from catalog.store import open_store
from cli.catalog.searched_model import searched_model
from cli.catalog.terminal import (
    CategoryOption,
    DataOption,
    category_options,
    progress_bars,
    settings_for,
    told_in_a_sentence,
)
from lookalike.contract import money
from lookalike.contract.errors import NotFoundError
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.plain_text import plain

_SHOWN_GROUPS: Final = 50


def dedupe(
    similarity: Annotated[
        float, typer.Option(min=0, max=1, help="Least cosine of two listings that are the same.")
    ] = 0.99,
    price_within: Annotated[
        float, typer.Option(min=0, help="Percent that the dearer of the two may cost more.")
    ] = 10.0,
    category: CategoryOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, one for each group.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Find near-identical listings by features and price, in groups; nothing is deleted.

    Each listing of a group is the same as another of it. Needs features: `lookalike catalog
    ingest` computes them.
    """
    settings = settings_for(data)
    categories = category_options(category)
    likeness = Likeness(similarity, 1 + price_within / 100)
    messages = Console(stderr=True)
    shown: list[DuplicateGroup] = []
    groups = listings = 0
    with (
        told_in_a_sentence(),
        open_store(settings.store_url, create=False) as store,
        progress_bars(messages) as progress,
    ):
        version = searched_model(settings, store).version
        if not store.counts().with_features.get(version):
            raise NotFoundError(f"No product has features of {version} yet.")
        bar = progress.add_task("Comparing", total=None)
        for group in find_duplicates(
            store,
            version,
            likeness,
            categories or CATEGORIES,
            lambda done, total: progress.update(bar, completed=done, total=total),
        ):
            groups += 1
            listings += len(group.listings)
            if as_json:
                typer.echo(json.dumps(_as_json(group), ensure_ascii=False))
            elif groups <= _SHOWN_GROUPS:
                shown.append(group)
    if not as_json:
        _print(Console(), shown, groups, listings)


def _as_json(group: DuplicateGroup) -> dict[str, object]:
    return {
        "category": group.category,
        "currency": group.currency,
        "listings": [
            {
                "id": listing.id,
                "title": listing.title,
                "price": float(money.from_minor(listing.price_minor, group.currency)),
                "similarity": round(listing.similarity, 4),
            }
            for listing in group.listings
        ],
    }


def _print(console: Console, shown: list[DuplicateGroup], groups: int, listings: int) -> None:
    table = Table(title=f"{listings:,} listings in {groups:,} groups")
    table.add_column("category")
    table.add_column("price", justify="right")
    table.add_column("similar", justify="right")
    table.add_column("title", overflow="fold")
    table.add_column("product", overflow="fold")
    for group in shown:
        digits = money.exponent(group.currency)
        for listing in group.listings:
            price = money.from_minor(listing.price_minor, group.currency)
            table.add_row(
                group.category,
                f"{price:,.{digits}f} {group.currency}",
                f"{listing.similarity:.3f}",
                plain(listing.title),
                plain(listing.id),
            )
        table.add_section()
    console.print(table, markup=False)
    if groups > len(shown):
        console.print(f"The first {len(shown)} groups are shown; --json gives all.")
