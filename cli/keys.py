"""`lookalike keys`: who may ask the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from cli.sentences import say
from cli.settings import read_settings
from deployments.errors import first_problem
from lookalike.access.key_file import KeyFile, KeyFileError
from lookalike.access.keys import FOR_GOOD, Scope, StoredKey, new_key

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

_FileOption = Annotated[
    Path | None,
    typer.Option("--file", help="Instead of LOOKALIKE_KEYS_FILE, or keys.json in the data folder."),
]
_SHOWN: Final = ("id", "name", "scopes", "per minute", "created", "expires", "state")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="read: search; write: change the catalogue. May be repeated."),
    ] = None,
    days: Annotated[
        float | None,
        typer.Option(min=0, max=36_500, help="How long it counts; for good if not given."),
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=1, help="Its own rate limit, instead of the service's.")
    ] = None,
    file: _FileOption = None,
) -> None:
    """Make a key and print it, this once; a running service knows it within a second.

    Without --scope it may read. To replace a key, add a new one, hand it out, then revoke the old.
    """
    with _told():
        expires = None if days is None else _in_hours(24 * days)
        key, stored = new_key(name, scope or [Scope.READ], expires=expires, per_minute=per_minute)
        keys = _key_file(file)
        keys.add(stored)
    typer.echo(key)
    typer.echo(f"{_described(stored)}. Only its hash is kept, in {keys.path}.", err=True)


@app.command(name="list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    file: _FileOption = None,
) -> None:
    """Show all keys, revoked and expired ones too; never the keys themselves."""
    with _told():
        keys = _key_file(file).read()
    if as_json:
        for key in keys:
            shown = key.model_dump(mode="json", exclude={"sha256"})
            typer.echo(json.dumps(shown | {"state": key.state(_now())}, ensure_ascii=False))
        return
    table = Table(box=None, pad_edge=False)
    for heading in _SHOWN:
        table.add_column(heading, overflow="fold")
    for key in keys:
        limit = "" if key.per_minute is None else str(key.per_minute)
        ends = None if key.revoked == FOR_GOOD else key.revoked or key.expires
        table.add_row(
            key.id, key.name, ", ".join(key.scopes), limit, _day(key.created), _day(ends),
            key.state(_now()),
        )  # fmt: skip
    Console().print(table, markup=False)


@app.command()
def revoke(
    which: Annotated[str, typer.Argument(metavar="ID|NAME", help="As `keys list` shows it.")],
    hours: Annotated[
        float,
        typer.Option("--in-hours", min=0, max=876_000, help="Not now, but after so many hours."),
    ] = 0.0,
    file: _FileOption = None,
) -> None:
    """Have a key count no longer; a running service refuses it within a second."""
    with _told():
        at = _in_hours(hours) if hours else FOR_GOOD
        ended = _key_file(file).revoke(which, at)
    when = "now" if ended.revoked == FOR_GOOD else _day(ended.revoked)
    typer.echo(f"Key {ended.id} of {ended.name} is revoked from {when} on.", err=True)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a user did wrong into a sentence and exit code 1."""
    errors = Console(stderr=True)
    try:
        yield
    except KeyFileError as error:
        say(errors, error, "red")
        raise typer.Exit(1) from None
    except ValidationError as error:
        say(errors, first_problem(error), "red")
        raise typer.Exit(1) from None


def _key_file(named: Path | None) -> KeyFile:
    return KeyFile(named or read_settings().keys_file)


def _described(key: StoredKey) -> str:
    may = " and ".join("search" if s is Scope.READ else "change the catalogue" for s in key.scopes)
    until = "" if key.expires is None else f", until {_day(key.expires)}"
    return f"Key {key.id} of {key.name} may {may}{until}"


def _now() -> datetime:
    return datetime.now(UTC)


def _in_hours(hours: float) -> datetime:
    return _now().replace(microsecond=0) + timedelta(hours=hours)


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")
