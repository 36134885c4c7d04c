"""Sentences for a terminal: what a shop or a path says stays text, whatever is in it."""

from __future__ import annotations

from rich.console import Console

from lookalike.contract.errors import InternalError
from lookalike.plain_text import harmless


def sentence_of(error: BaseException) -> str:
    """What an error says; of a file also its name, of a fault of the service also the id under
    which its log has it."""
    if isinstance(error, InternalError) and error.request_id:
        return f"{error} (request {error.request_id} in its log)"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def say(console: Console, sentence: object, style: str = "") -> None:
    """Print a sentence on a line of its own, unbroken, in one style: no part of it is markup, nor
    anything that the terminal would obey."""
    shown = "\n".join(harmless(line) for line in str(sentence).split("\n"))
    console.print(shown, style=style, markup=False, highlight=False, soft_wrap=True)
