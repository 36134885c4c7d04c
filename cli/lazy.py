"""Commands that are imported only when they are called, so that `--help` stays quick."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import typer
from rich.console import Console

_OWN_PACKAGES: Final = frozenset({"", "cli", "catalog", "deployments", "lookalike", "tui"})


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command or a group that lives at `target` ("module:attribute") and needs an extra."""

    name: str
    target: str
    summary: str
    extra: str = ""


def mount(app: typer.Typer, commands: Iterable[LazyCommand], called: str) -> None:
    """Add commands to `app`, which a user calls as `called`: "lookalike", "lookalike catalog"."""
    for command in commands:
        _mount(app, command, f"{called} {command.name}")


def _mount(app: typer.Typer, command: LazyCommand, called: str) -> None:
    @app.command(
        command.name,
        help=command.summary,
        add_help_option=False,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    )
    def forward(ctx: typer.Context) -> None:
        target = _load(command, called)
        target(args=ctx.args, prog_name=called)


def _load(command: LazyCommand, called: str) -> typer.Typer:
    module, _, attribute = command.target.partition(":")
    try:
        target = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if not command.extra or (error.name or "").partition(".")[0] in _OWN_PACKAGES:
            raise
        Console(stderr=True).print(
            f"[red]{called} needs the package {error.name}, which is not installed:"
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
