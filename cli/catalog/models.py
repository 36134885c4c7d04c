"""`lookalike catalog models`: how far each model version has come, and which one is searched."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from catalog.store import CatalogStore, open_store
from cli.catalog.searched_model import searched_model
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence
from cli.sentences import say
from cli.settings import Settings
from lookalike.vision.weights import WeightsError


def models(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the model versions that products have features of; `lookalike catalog ingest` fills."""
    settings = settings_for(data)
    with told_in_a_sentence(), open_store(settings.store_url, create=False) as store:
        coverage = store.model_coverage(_searched(settings, store))
    if as_json:
        for model in coverage:
            typer.echo(json.dumps(asdict(model)))
        return
    table = Table()
    for name in ("version", "of the present picture", "of an earlier one", "none", "searched"):
        table.add_column(name, justify="left" if name == "version" else "right")
    for model in coverage:
        table.add_row(
            model.version,
            f"{model.current:,}",
            f"{model.outdated:,}",
            f"{model.lacking:,}",
            "yes" if model.active else "",
        )
    Console().print(table, markup=False)


def _searched(settings: Settings, store: CatalogStore) -> str | None:
    """The version that searches use; None, and a sentence on stderr, where that can't be told."""
    try:
        return searched_model(settings, store).version
    except WeightsError as error:
        say(Console(stderr=True), f"Which one is searched can't be told here: {error}", "yellow")
        return None
