"""Lazy commands as commands of a Typer application."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer
from typer.core import TyperCommand

from cli.lazy import LazyCommand, run


class _Forwarded(TyperCommand):
    """A command whose words are parsed where they go: `--` must get there as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return []


def mount(app: typer.Typer, commands: Iterable[LazyCommand], called: str) -> None:
    """Add commands to `app`, which a user calls as `called`: "lookalike", "lookalike catalog"."""
    for command in commands:
        _mount(app, command, f"{called} {command.name}")


def _mount(app: typer.Typer, command: LazyCommand, called: str) -> None:
    @app.command(command.name, cls=_Forwarded, help=command.summary, add_help_option=False)
    def forward(ctx: typer.Context) -> None:
        run(command, ctx.args, called)
