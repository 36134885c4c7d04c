"""The group `lookalike catalog`: a line for each of its commands, loaded when it is called."""

from __future__ import annotations

from typing import Final

import typer

from cli.lazy import LazyCommand
from cli.mounting import mount

COMMANDS: Final = (
    LazyCommand(
        "demo", "cli.catalog.demo:demo", "Draw a demo catalogue and compute its features.", "serve"
    ),
    LazyCommand(
        "import",
        "cli.catalog.import_table:import_table",
        "Bring in a table of products: CSV, JSON lines, Parquet.",
        "serve",
    ),
    LazyCommand(
        "import-hm",
        "cli.catalog.import_hm:import_hm",
        "Bring in the H&M data set.",
        "serve",
    ),
    LazyCommand(
        "import-photos",
        "cli.catalog.import_photos:import_photos",
        "Bring in photos by their folders, or by a table of labels.",
        "serve",
    ),
    LazyCommand(
        "crawl", "cli.catalog.crawl:crawl", "Read a shop's products from its pages.", "crawl"
    ),
    LazyCommand(
        "export",
        "cli.catalog.export:export",
        "Write products to CSV or Parquet.",
        "serve",
    ),
    LazyCommand(
        "delete",
        "cli.catalog.delete:delete",
        "Delete products by id, or those that a table names, or does not name.",
        "serve",
    ),
    LazyCommand(
        "ingest",
        "cli.catalog.ingest:ingest",
        "Compute features for all products that lack them.",
        "serve",
    ),
    LazyCommand(
        "models",
        "cli.catalog.models:models",
        "List the model versions, how far each one is, and which is searched.",
        "serve",
    ),
    LazyCommand("stats", "cli.catalog.stats:stats", "Count what the catalogue holds.", "serve"),
    LazyCommand(
        "dedupe",
        "cli.catalog.dedupe:dedupe",
        "Find listings that look the same and cost about the same.",
        "serve",
    ),
    LazyCommand(
        "tidy",
        "cli.catalog.tidy:tidy",
        "Delete old changes that later ones repeat; with --pictures, those of no product.",
        "serve",
    ),
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def catalog() -> None:
    """Fill the catalogue, and see what it holds."""


mount(app, COMMANDS, "lookalike catalog")
