"""What the import commands share: the run itself, with a bar, counts and the exit code."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from catalog.addresses import is_public
from catalog.images import ImageFolder
from catalog.importers.fetching import HttpPictures
from catalog.importers.importing import ImportCounts, ImportPlan, import_rows
from catalog.importers.pictures import PictureSource
from catalog.importers.rows import TableSource
from catalog.store import open_store
from cli.catalog.ingest_command import lacking_now
from cli.catalog.left_out import LEFT_OUT, problem_report
from cli.sentences import say
from cli.settings import Settings
from lookalike.contract.errors import BadRequestError


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
        BadRequestError: the report is the source.
        UnavailableError: the store can't be opened.
        TableError: the source can't be read further.
        OSError: the report or a picture can't be written.
        typer.Exit: with code 3 where something was left out.
    """
    if job.report is not None and _is_one_file(job.report, job.source.path):
        raise BadRequestError(f"--report {job.report} would overwrite the table that is read")
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
        on_problem = stack.enter_context(problem_report(job.report, messages))
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


def _is_one_file(one: Path, other: Path) -> bool:
    return one.exists() and one.samefile(other)


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
