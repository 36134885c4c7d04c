"""`lookalike catalog import-hm`: the H&M data set of Kaggle."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from catalog.importers.hm import PRICE_FACTOR, ArticlePrices, mean_prices, open_hm
from catalog.importers.importing import ImportPlan
from cli.catalog.importing import ImportJob, run_import
from cli.catalog.left_out import ReportOption
from cli.catalog.price_options import currency_option
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence


def import_hm(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Holds articles.csv, transactions_train.csv and images/.",
            exists=True,
            file_okay=False,
        ),
    ],
    price_factor: Annotated[
        float, typer.Option(min=1e-6, help="Published prices times this are major units.")
    ] = PRICE_FACTOR,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of the prices then.")] = "EUR",
    report: ReportOption = None,
    data: DataOption = None,
) -> None:
    """Bring the H&M data set in, each article at the mean price of its sales.

    Published prices are scaled; times 590 the usual ones end in .99, of which currency is not
    said. Articles that are none of the 13 categories, or were never sold, are left out.
    """
    plan = ImportPlan(currency_option(currency))
    with told_in_a_sentence():
        prices = _prices(folder / "transactions_train.csv")
        source = open_hm(folder, prices, price_factor)
        job = ImportJob(source, plan, images_root=folder / "images", report=report)
        run_import(settings_for(data), job)


def _prices(transactions: Path) -> ArticlePrices:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as progress:
        total = transactions.stat().st_size
        bar = progress.add_task("Reading sales", total=total)
        prices = mean_prices(transactions, lambda done: progress.update(bar, completed=done))
        progress.update(bar, completed=total)
    return prices
