"""The `lookalike` command: a line for each of its commands, loaded when it is called."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated, Final

import typer
from rich.console import Console


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command or a group that lives at `target` ("module:attribute") and needs an extra."""

    name: str
    target: str
    summary: str
    extra: str = ""


COMMANDS: Final = (
    LazyCommand("up", "cli.up:up", "Start the whole service on this machine.", "serve"),
    LazyCommand("search", "cli.search:search", "Ask a running service about a photo."),
    LazyCommand("catalog", "cli.catalog:app", "Fill the catalogue, see what it holds.", "serve"),
    LazyCommand("train", "cli.train:app", "Train the model.", "train"),
    LazyCommand("eval", "cli.eval:app", "Measure the model on any data set.", "serve"),
)

_OWN_PACKAGES: Final = frozenset({"", "cli", "catalog", "deployments", "lookalike"})

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


def _mount(command: LazyCommand) -> None:
    """Add a command whose module is imported only when it runs, so `--help` stays quick."""

    @app.command(
        command.name,
        help=command.summary,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def forward(ctx: typer.Context) -> None:
        target = _load(command)
        target(args=ctx.args, prog_name=f"lookalike {command.name}")


def _load(command: LazyCommand) -> typer.Typer:
    module, _, attribute = command.target.partition(":")
    try:
        target = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if not command.extra or (error.name or "").partition(".")[0] in _OWN_PACKAGES:
            raise
        Console(stderr=True).print(
            f"[red]lookalike {command.name} needs the package {error.name}, which is not installed:"
            rf" pip install 'lookalike\[{command.extra}]'",
            highlight=False,
            soft_wrap=True,
        )
        raise typer.Exit(1) from None
    if isinstance(target, typer.Typer):
        return target
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command()(target)
    return single


for _command in COMMANDS:
    _mount(_command)
