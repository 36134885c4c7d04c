"""Lazy commands as commands of a Typer application."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from cli.lazy import LazyCommand, run


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
        run(command, ctx.args, called)
