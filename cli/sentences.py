"""Sentences for a terminal: what a shop or a path says stays text, whatever is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from pydantic import ValidationError


def say(console: Console, sentence: object, style: str = "") -> None:
    """Print a sentence on a line of its own, unbroken, in one style: no part of it is markup."""
    console.print(str(sentence), style=style, markup=False, highlight=False, soft_wrap=True)


def first_problem(error: ValidationError) -> str:
    """The first thing that is wrong with what was given, and where."""
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
