"""What was left out of other people's tables, told in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.console import Console

from cli.sentences import say

_SHOWN: Final = 5


def tell_unknown(console: Console, unknown: Counter[str]) -> None:
    """The labels that are none of the 13 categories, commonest first."""
    if not unknown:
        return
    often = unknown.most_common(_SHOWN)
    labels = ", ".join(f"{label or 'none'} ({rows})" for label, rows in often)
    more = ", …" if len(unknown) > _SHOWN else ""
    left_out = f"{unknown.total()} rows without one of the 13 categories are left out"
    say(console, f"{left_out}: {labels}{more}")


def tell_problems(console: Console, problems: Sequence[str]) -> None:
    """The first few of the other rows that are left out, and how many more there are."""
    for problem in problems[:_SHOWN]:
        say(console, f"left out: {problem}")
    if len(problems) > _SHOWN:
        say(console, f"left out: {len(problems) - _SHOWN} more rows")
