"""`lookalike catalog ingest`: features for all that lack them, and the switch to a new model."""

from __future__ import annotations

import signal
from typing import Annotated, Final

import typer
from rich.console import Console

from catalog.ingest import IngestReport
from catalog.records import ActiveModel
from catalog.store import open_store
from cli.catalog.features import give_features, give_features_on_ray
from cli.catalog.searched_model import searched_model
from cli.catalog.terminal import DataOption, progress_bars, settings_for, told_in_a_sentence
from cli.sentences import say
from lookalike.vision.weights import find_model

_SHOWN_FAILURES: Final = 20

_LEFT_OUT: Final = 3
"""Exit code: the run came to its end, and something was left out."""

_WORTH_RAY: Final = 100
"""Fewer products are done by the time that Ray and its workers have started."""


def ingest(
    data: DataOption = None,
    weights: Annotated[
        str | None, typer.Option(help="A model of the weights registry; the active one if none.")
    ] = None,
    switch: Annotated[
        bool, typer.Option("--switch", help="Then have searches use this model.")
    ] = False,
    leave_out: Annotated[
        bool,
        typer.Option("--leave-out", help="Switch although products would be lost to searches."),
    ] = False,
    address: Annotated[
        str | None, typer.Option(help="A Ray cluster's address; this machine if not given.")
    ] = None,
    cpus: Annotated[
        int | None, typer.Option(min=1, help="Processors of this machine; all if not given.")
    ] = None,
) -> None:
    """Segment and encode the picture of every product that lacks features of a model.

    Goes on where an earlier run stopped. Pictures that fail are reported and left out, and the
    exit code is then 3. Searches use the model that they used before until `--switch`, which is
    refused while products that another model finds would be found no more.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings = settings_for(data)
    messages = Console(stderr=True)
    with told_in_a_sentence(), open_store(settings.store_url, create=False) as store:
        wanted = weights if weights is not None else searched_model(settings, store).weights
        settings = settings.model_copy(update={"weights": wanted})
        with progress_bars(messages) as progress:
            lacking = store.count_without_features(find_model(settings.weights).manifest.version)
            if address is None and lacking < _WORTH_RAY:
                report, version = give_features(settings, store, progress)
            else:
                report, version = give_features_on_ray(settings, store, progress, address, cpus)
        _tell(report, version, messages)
        if switch:
            change = store.switch_model(ActiveModel(version, settings.weights), leave_out=leave_out)
            typer.echo(f"searches use {version} as of change {change}")
    if report.failed:
        raise typer.Exit(_LEFT_OUT)


def _tell(report: IngestReport, version: str, messages: Console) -> None:
    for failure in report.failed[:_SHOWN_FAILURES]:
        say(messages, f"{failure.product_id}: {failure.reason}", "yellow")
    if len(report.failed) > _SHOWN_FAILURES:
        messages.print(f"[yellow]… and {len(report.failed) - _SHOWN_FAILURES} more")
    typer.echo(f"{report.done} products given features of {version}, {len(report.failed)} left out")
