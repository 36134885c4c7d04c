"""Sentences for a terminal: what a shop or a path says stays text, whatever is in it."""

from __future__ import annotations

from rich.console import Console


def say(console: Console, sentence: object, style: str = "") -> None:
    """Print a sentence on a line of its own, unbroken, in one style: no part of it is markup."""
    console.print(str(sentence), style=style, markup=False, highlight=False, soft_wrap=True)
