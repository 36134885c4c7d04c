"""Commands that are imported only when they are called, so that `--help` stays quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import typer
from rich.console import Console

_OWN_PACKAGES: Final = frozenset({"", "cli", "catalog", "deployments", "lookalike", "tui"})


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command or a group that lives at `target` ("module:attribute") and needs an extra.

    A Typer application, a function that one is made of, or, with `parses`, what reads its own
    command line: it is called with `args` and `prog_name`.
    """

    name: str
    target: str
    summary: str
    extra: str = ""
    parses: bool = False


class QuickTyper(typer.Typer):
    """Calls a command that reads its own command line without reading that first itself.

    For its own `--help` alone, given or not, Typer loads pydantic: 0.1 s.
    """

    def __init__(self, commands: Iterable[LazyCommand], called: str, **typers: Any) -> None:
        super().__init__(**typers)
        self._quick = {command.name: command for command in commands if command.parses}
        self._called = called

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        words = list(args[0]) if args else sys.argv[1:]
        command = self._quick.get(words[0]) if words else None
        if command is None:
            return super().__call__(*args, **kwargs)
        return _run(command, words[1:], f"{self._called} {command.name}")


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
        _run(command, ctx.args, called)


def _run(command: LazyCommand, args: Sequence[str], called: str) -> object:
    with _told_what_is_missing(command, called):
        return _load(command)(args=args, prog_name=called)


def _load(command: LazyCommand) -> Callable[..., object]:
    module, _, attribute = command.target.partition(":")
    target = getattr(importlib.import_module(module), attribute)
    if command.parses or isinstance(target, typer.Typer):
        return target  # type: ignore[no-any-return]
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command()(target)
    return single


@contextmanager
def _told_what_is_missing(command: LazyCommand, called: str) -> Iterator[None]:
    """A package may be imported as late as in the middle of a command."""
    try:
        yield
    except ModuleNotFoundError as error:
        if not command.extra or (error.name or "").partition(".")[0] in _OWN_PACKAGES:
            raise
        Console(stderr=True).print(
            f"[red]{called} needs the package {error.name}, which is not installed:"
            rf" pip install 'lookalike\[{command.extra}]'",
            highlight=False,
            soft_wrap=True,
        )
        raise SystemExit(1) from None
