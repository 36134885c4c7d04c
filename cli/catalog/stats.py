"""`lookalike catalog stats`: what the catalogue holds, for people and for scripts."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from catalog.store import StoreCounts, open_store
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence
from lookalike.contract.taxonomy import CATEGORIES


def stats(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Count what the catalogue holds."""
    settings = settings_for(data)
    with told_in_a_sentence(), open_store(settings.store_url) as store:
        counts = store.counts()
    if as_json:
        typer.echo(json.dumps(_as_json(counts)))
    else:
        _print_counts(Console(), counts)


def _as_json(counts: StoreCounts) -> dict[str, Any]:
    return {
        "products": counts.products,
        "without_image": counts.without_image,
        "by_category": {c: counts.by_category.get(c, 0) for c in CATEGORIES},
        "with_features": counts.with_features,
        "catalog_version": counts.catalog_version,
    }


def _print_counts(console: Console, counts: StoreCounts) -> None:
    table = Table(title=f"Catalogue at change {counts.catalog_version}")
    table.add_column("")
    table.add_column("products", justify="right")
    for category in CATEGORIES:
        table.add_row(category, f"{counts.by_category.get(category, 0):,}")
    table.add_section()
    table.add_row("all", f"{counts.products:,}")
    table.add_row("without a picture", f"{counts.without_image:,}")
    for model_version, count in counts.with_features.items():
        table.add_row(f"with features of {model_version}", f"{count:,}")
    console.print(table)
