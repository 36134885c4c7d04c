"""What the import commands share: a bar, a report of what was left out, and the exit code."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from catalog.addresses import is_public
from catalog.images import ImageFolder
from catalog.importers.fetching import HttpPictures
from catalog.importers.importing import (
    ImportCounts,
    ImportPlan,
    OnProblem,
    RowProblem,
    import_rows,
)
from catalog.importers.pictures import PictureSource
from catalog.importers.price import DecimalMark, currency_code
from catalog.importers.rows import TableSource
from catalog.store import open_store
from cli.catalog.ingest_command import lacking_now
from cli.sentences import say
from cli.settings import Settings

LEFT_OUT: Final = 3
"""Exit code of a command that did its work, but for what its report names."""

_SHOWN_PROBLEMS: Final = 10

ReportOption = Annotated[
    Path | None,
    typer.Option(help="CSV of what was left out: row, id, reason.", dir_okay=False),
]

DecimalOption = Annotated[
    Literal["point", "comma"] | None,
    typer.Option(help="What stands before decimals, where prices leave it open."),
]
DECIMAL_MARKS: Final[Mapping[str | None, DecimalMark]] = {"point": ".", "comma": ","}


def currency_option(text: str | None) -> str | None:
    """The value of `--currency` as an ISO 4217 code; raises typer.BadParameter."""
    try:
        return None if text is None else currency_code(text)
    except ValueError as error:
        raise typer.BadParameter(f"--currency {text!r} {error}") from None


@dataclass(frozen=True, slots=True)
class ImportJob:
    """One import as a user asked for it: what, with which pictures, reported to where.

    The fields on pictures are those of `PictureSource`; `allow_private` has pictures fetched from
    addresses inside the own network too.
    """

    source: TableSource
    plan: ImportPlan
    images_root: Path | None = None
    expected: bool = True
    required: bool = False
    by_id: bool = False
    fetch: bool = False
    allow_private: bool = False
    report: Path | None = None


def run_import(settings: Settings, job: ImportJob) -> None:
    """Run an import with a bar on stderr, print its counts on stdout, and exit by what it left out.

    Raises:
        UnavailableError: the store can't be opened.
        TableError: the source can't be read further.
        OSError: the report or a picture can't be written.
        typer.Exit: with code 3 where something was left out.
    """
    messages = Console(stderr=True)
    with ExitStack() as stack:
        store = stack.enter_context(open_store(settings.store_url))
        images = ImageFolder(settings.images_dir)
        fetcher = None
        if job.fetch:
            remembered = settings.data_dir / "fetched.sqlite"
            may_reach = _any_address if job.allow_private else is_public
            fetcher = stack.enter_context(HttpPictures(images, remembered, may_reach=may_reach))
        pictures = PictureSource(
            images, job.images_root, fetcher, job.expected, job.required, job.by_id
        )
        on_problem = stack.enter_context(_report(job.report, messages))
        progress = stack.enter_context(_progress(messages))
        bar = progress.add_task("Importing", total=job.source.size or None, rows=0)
        counts = import_rows(
            store,
            job.source.rows(),
            pictures,
            job.plan,
            on_problem,
            lambda c: progress.update(bar, completed=c.done, rows=c.rows),
        )
        progress.update(bar, completed=job.source.size, rows=counts.rows)
    _tell(counts, settings, job.report)
    if lacking := lacking_now(settings):
        say(messages, lacking)
    if not counts.complete:
        raise typer.Exit(LEFT_OUT)


def _any_address(_address: str) -> bool:
    return True


def _tell(counts: ImportCounts, settings: Settings, report: Path | None) -> None:
    told = (
        f"{counts.rows:,} rows: {counts.changed:,} products new or changed, "
        f"{counts.unchanged:,} unchanged, {counts.left_out:,} left out"
    )
    if counts.no_picture:
        told += f", {counts.no_picture:,} without their picture"
    typer.echo(f"{told} ({settings.shown_store_url})")
    messages = Console(stderr=True)
    if counts.unfetched:
        messages.print(
            f"{counts.unfetched:,} products have a picture by address only; --fetch gets them.",
            highlight=False,
        )
    if report is None and not counts.complete:
        messages.print("--report FILE writes down every row that was left out.", highlight=False)


@contextmanager
def _report(path: Path | None, messages: Console) -> Iterator[OnProblem]:
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


def _progress(messages: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=messages,
    )
