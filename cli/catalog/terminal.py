"""What the catalogue's commands share: where the catalogue lies, progress, errors in a sentence."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from sqlalchemy.exc import SQLAlchemyError

from cli.sentences import say, sentence_of
from cli.settings import Settings, read_settings
from lookalike.contract.errors import LookalikeError
from lookalike.contract.taxonomy import Category, category_of
from lookalike.vision.weights import WeightsError

DataOption = Annotated[
    Path | None, typer.Option(help="Folder of the catalogue; data if not given.")
]
"""The option `--data` of every command."""

CategoryOption = Annotated[
    list[str] | None,
    typer.Option(help="Only this category, or a word for it; may be repeated."),
]
"""The option `--category` of commands that read the catalogue."""


def category_options(named: Iterable[str] | None) -> tuple[Category, ...]:
    """The categories that `--category` named, () for all. Raises: typer.BadParameter."""
    found: list[Category] = []
    for name in named or ():
        category = category_of(name)
        if category is None:
            known = ", ".join(Category)
            raise typer.BadParameter(f"--category {name!r} is none of: {known}")
        found.append(category)
    return tuple(found)


def settings_for(data: Path | None) -> Settings:
    """The settings, with the folder that `--data` named. Raises: typer.BadParameter."""
    return read_settings(data)


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """Errors that the user can do something about end the command with one line and code 1."""
    try:
        yield
    except (LookalikeError, WeightsError, OSError, SQLAlchemyError, sqlite3.Error) as error:
        say(Console(stderr=True), _sentence(error), "red")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped; the same command goes on from here.")
        raise typer.Exit(130) from None


def _sentence(error: Exception) -> str:
    if isinstance(error, SQLAlchemyError):
        # Its own text is the whole statement; the database's first line says what is wrong.
        cause = str(getattr(error, "orig", None) or error).splitlines()
        return f"The store failed: {cause[0] if cause else type(error).__name__}"
    if isinstance(error, sqlite3.Error):
        return f"A database of the data folder failed: {error}"
    return sentence_of(error)


def progress_bars(messages: Console) -> Progress:
    """Bars with counts and times on `messages`; a context manager that shows them."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=messages,
    )
