"""The Typer application of the `lookalike` command."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from cli.commands import COMMANDS
from cli.mounting import mount

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


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
