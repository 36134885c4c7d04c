"""The `lookalike` command: a line for each of its commands, loaded when it is called."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated, Final

import typer

from cli.lazy import LazyCommand, QuickTyper, mount

COMMANDS: Final = (
    LazyCommand("up", "cli.up:up", "Start the whole service on this machine.", "serve"),
    LazyCommand("search", "cli.search:search", "Ask a running service about a photo."),
    LazyCommand("keys", "cli.keys:app", "API keys: add, list, revoke."),
    LazyCommand("jobs", "cli.jobs.app:app", "Hand many photos in, hear of the answers later."),
    LazyCommand("tui", "cli.tui:command", "Search in the terminal, with pictures.", "tui", True),
    LazyCommand("catalog", "cli.catalog:app", "Fill the catalogue, see what it holds.", "serve"),
    LazyCommand("train", "cli.train:app", "Train the model.", "train"),
    LazyCommand("eval", "cli.eval:app", "Measure the model on any data set.", "serve"),
)

app = QuickTyper(COMMANDS, "lookalike", no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lookalike {metadata.version('lookalike')}")
        raise typer.Exit


@app.callback()
def lookalike(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Find similar clothes, for less: a photo and a crop box in, exact nearest products out."""


mount(app, COMMANDS, "lookalike")
