"""`lookalike catalog import-photos`: photos, and what they show by folders or a table of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from catalog.importers.importing import ImportPlan
from catalog.importers.listing import RowRules
from catalog.importers.photos import PhotoPrice, open_photos, photo_root
from cli.catalog.importing import ImportJob, run_import
from cli.catalog.left_out import ReportOption
from cli.catalog.price_options import currency_option
from cli.catalog.shop_words import TermOption, terms_of
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence


def import_photos(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="Holds a folder for each category, or labels.csv and images/.",
            exists=True,
            file_okay=False,
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(help="Table with image and category or label.", exists=True, dir_okay=False),
    ] = None,
    price: Annotated[str, typer.Option(help="Of all photos; 0: not known.")] = "0",
    currency: Annotated[str, typer.Option(help="ISO 4217 code of that price.")] = "USD",
    term: TermOption = None,
    report: ReportOption = None,
    data: DataOption = None,
) -> None:
    """Bring photos in as products; one that can't be decoded is left out."""
    rules = RowRules(terms=terms_of(term or []))
    code = currency_option(currency)
    with told_in_a_sentence():
        source = open_photos(folder, PhotoPrice(price, code or currency), labels)
        root = folder if source.path == folder else photo_root(folder)
        job = ImportJob(source, ImportPlan(code, rules), root, required=True, report=report)
        run_import(settings_for(data), job)
