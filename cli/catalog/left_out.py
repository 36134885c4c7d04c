"""What a command left out of a table: said, written down, and told by the exit code."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from catalog.importers.importing import OnProblem, RowProblem
from cli.sentences import say

LEFT_OUT: Final = 3
"""Exit code of a command that did its work, but for what its report names."""

_SHOWN_PROBLEMS: Final = 10

ReportOption = Annotated[
    Path | None,
    typer.Option(help="CSV of what was left out: row, id, reason.", dir_okay=False),
]


@contextmanager
def problem_report(path: Path | None, messages: Console) -> Iterator[OnProblem]:
    """Problems as rows of a CSV, or the first few of them on stderr."""
    if path is None:
        yield FirstProblems(messages)
        return
    with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(("row", "id", "reason"))
        yield lambda problem: writer.writerow((problem.row, problem.product_id, problem.reason))


class FirstProblems:
    """Rows that were left out, counted: the first few are said on `messages`."""

    def __init__(self, messages: Console) -> None:
        self._messages = messages
        self.count = 0

    def __call__(self, problem: RowProblem) -> None:
        """Count a problem, and say it if it is among the first."""
        self.count += 1
        if self.count <= _SHOWN_PROBLEMS:
            of = f" ({problem.product_id})" if problem.product_id else ""
            line = f"row {problem.row}{of}: {problem.reason}"
            shown = line.encode("utf-8", "backslashreplace").decode()
            say(self._messages, shown, "yellow")
        elif self.count == _SHOWN_PROBLEMS + 1:
            self._messages.print("…", style="yellow")
