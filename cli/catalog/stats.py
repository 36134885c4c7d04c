"""`lookalike catalog stats`: what the catalogue holds, for people and for scripts."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from catalog.statistics import CatalogueStatistics, PriceSummary, statistics
from catalog.store import CatalogStore, open_store
from cli.catalog.searched_model import searched_model
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence
from cli.settings import Settings
from lookalike.contract import money
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.vision.weights import WeightsError


def stats(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Count what the catalogue holds: products, prices, and what lacks a picture or features."""
    settings = settings_for(data)
    with told_in_a_sentence(), open_store(settings.store_url, create=False) as store:
        found = statistics(store, _searched_version(settings, store))
    if as_json:
        typer.echo(json.dumps(_as_json(found)))
    else:
        _print(Console(), found)


def _searched_version(settings: Settings, store: CatalogStore) -> tuple[str, ...]:
    try:
        return (searched_model(settings, store).version,)
    except WeightsError:
        return ()  # Products can be counted without a model at hand.


def _as_json(found: CatalogueStatistics) -> dict[str, Any]:
    counts = found.counts
    return {
        "products": counts.products,
        "without_image": counts.without_image,
        "by_category": {c: counts.by_category.get(c, 0) for c in CATEGORIES},
        "prices": [
            {
                "category": p.category,
                "currency": p.currency,
                "products": p.products,
                "min": float(p.minimum),
                "median": float(p.median),
                "max": float(p.maximum),
            }
            for p in found.prices
        ],
        "with_features": counts.with_features,
        "without_features": found.without_features,
        "catalog_version": counts.catalog_version,
    }


def _print(console: Console, found: CatalogueStatistics) -> None:
    counts = found.counts
    table = Table(title=f"Catalogue at change {counts.catalog_version}")
    table.add_column("", no_wrap=True)
    for heading in ("products", "currency", "lowest", "median", "highest"):
        table.add_column(heading, justify="left" if heading == "currency" else "right")
    for category in CATEGORIES:
        prices = [p for p in found.prices if p.category is category]
        if not prices:
            table.add_row(category, "0")
        for summary in prices:
            table.add_row(category, *_price_cells(summary))
    table.add_section()
    table.add_row("all", f"{counts.products:,}")
    table.add_row("without a picture", f"{counts.without_image:,}")
    for version, lacking in found.without_features.items():
        table.add_row(f"{version}: with features", f"{counts.with_features.get(version, 0):,}")
        table.add_row(f"{version}: lacking them", f"{lacking:,}")
    console.print(table, markup=False)


def _price_cells(summary: PriceSummary) -> tuple[str, ...]:
    digits = money.exponent(summary.currency)
    prices = (summary.minimum, summary.median, summary.maximum)
    return (
        f"{summary.products:,}",
        summary.currency,
        *(f"{price:,.{digits}f}" for price in prices),
    )
