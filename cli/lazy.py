"""Commands that are imported only when they are called, so that `--help` stays quick.

Typer itself comes as late: a command that parses its own words starts without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

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


def run(command: LazyCommand, args: Sequence[str], called: str) -> object:
    """Call a command with these words; a user knows it as `called`: "lookalike tui"."""
    with _told_what_is_missing(command, called):
        return _load(command)(args=args, prog_name=called)


def _load(command: LazyCommand) -> Callable[..., object]:
    module, _, attribute = command.target.partition(":")
    target = getattr(importlib.import_module(module), attribute)
    if command.parses:
        return target  # type: ignore[no-any-return]
    import typer

    if isinstance(target, typer.Typer):
        return target
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
        from rich.console import Console

        Console(stderr=True).print(
            f"[red]{called} needs the package {error.name}, which is not installed:"
            rf" pip install -e '.\[{command.extra}]' in the checkout",
            highlight=False,
            soft_wrap=True,
        )
        raise SystemExit(1) from None
