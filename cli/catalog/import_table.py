"""`lookalike catalog import`: a table of products, as CSV, JSON lines or Parquet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer

from catalog.importers.importing import ImportPlan
from catalog.importers.listing import RowRules
from catalog.importers.rows import ColumnPlan
from catalog.importers.table_files import open_table
from cli.catalog.importing import ImportJob, run_import
from cli.catalog.left_out import ReportOption
from cli.catalog.price_options import DECIMAL_MARKS, DecimalOption, currency_option
from cli.catalog.shop_words import TermOption, mapped_columns, terms_of
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence

_FETCHING_THREADS: Final = 8
_MAP_HINT: Final = "; name yours with --map, as in --map price=cost"


def import_table(
    table: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv, .tsv, .jsonl or .parquet file.")
    ],
    images: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the pictures; the table's own if not given.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    column_map: Annotated[
        list[str] | None,
        typer.Option("--map", help="Your columns' names: price=cost,title=name; may be repeated."),
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="ISO 4217 code of prices that name no currency.")
    ] = None,
    decimal: DecimalOption = None,
    term: TermOption = None,
    attributes: Annotated[
        str | None, typer.Option(help="Columns kept as attributes: colour,gender.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a text file that is not UTF-8, such as cp949.")
    ] = None,
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch pictures that are given by address.")
    ] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch from inside your own network too.")
    ] = False,
    report: ReportOption = None,
    data: DataOption = None,
) -> None:
    """Bring a table of products in, row by row: bad rows are reported, the rest goes in.

    Columns: id (or article_id), title, category, price; brand, currency, item_url, image_path or
    img_url if there. Goes on where an earlier run stopped, and writes only what changed. Exit
    code 3: something was left out.
    """
    kept = tuple(name.strip() for name in (attributes or "").split(",") if name.strip())
    columns = mapped_columns(column_map or [])
    rules = RowRules(columns, kept, terms_of(term or []), DECIMAL_MARKS.get(decimal))
    plan = ImportPlan(currency_option(currency), rules)
    with told_in_a_sentence():
        source = open_table(table, ColumnPlan(columns, kept, hint=_MAP_HINT), encoding)
        paths, addresses = columns["image_path"], columns["image_url"]
        named = not source.header or not set(paths).isdisjoint(source.header)
        job = ImportJob(
            source,
            replace(plan, threads=max(plan.threads, _FETCHING_THREADS)) if fetch else plan,
            images_root=images or (table.parent if named else None),
            expected=images is not None or not {*paths, *addresses}.isdisjoint(source.header),
            by_id=images is not None,
            fetch=fetch,
            allow_private=allow_private,
            report=report,
        )
        run_import(settings_for(data), job)
