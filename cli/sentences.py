"""Sentences for a terminal: what a shop or a path says stays text, whatever is in it."""

from __future__ import annotations

from rich.console import Console

from lookalike.plain_text import harmless


def say(console: Console, sentence: object, style: str = "") -> None:
    """Print a sentence on a line of its own, unbroken, in one style: no part of it is markup, nor
    anything that the terminal would obey."""
    shown = "\n".join(harmless(line) for line in str(sentence).split("\n"))
    console.print(shown, style=style, markup=False, highlight=False, soft_wrap=True)
