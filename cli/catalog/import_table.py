"""`lookalike catalog import`: a table of products, as CSV, JSON lines or Parquet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final
from unicodedata import normalize

import typer

from catalog.importers.importing import ImportPlan
from catalog.importers.listing import COLUMNS, RowRules
from catalog.importers.rows import ColumnPlan
from catalog.importers.table_files import open_table
from cli.catalog.importing import (
    DECIMAL_MARKS,
    DecimalOption,
    ImportJob,
    ReportOption,
    currency_option,
    run_import,
)
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence
from lookalike.contract.taxonomy import Category, category_of

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
    term: Annotated[
        list[str] | None,
        typer.Option(help='Your word for a category: "Oberteile=t-shirt"; may be repeated.'),
    ] = None,
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


def mapped_columns(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`COLUMNS` with the names that `--map` gives. Raises: typer.BadParameter."""
    columns = dict(COLUMNS)
    for pair in (pair for several in pairs for pair in several.split(",")):
        name, equals, theirs = (part.strip() for part in pair.partition("="))
        what = next((what for what, names in COLUMNS.items() if name in (what, *names)), None)
        if what is None or not equals or not theirs:
            known = ", ".join(COLUMNS)
            raise typer.BadParameter(f"--map {pair!r} is not NAME=COLUMN, NAME one of {known}")
        columns[what] = (theirs,)
    return columns


def terms_of(pairs: Iterable[str]) -> dict[str, Category]:
    """Categories by a shop's own words, as `RowRules` has them. Raises: typer.BadParameter."""
    terms: dict[str, Category] = {}
    for pair in pairs:
        word, equals, name = (part.strip() for part in pair.rpartition("="))
        category = category_of(name)
        if not equals or not word or category is None:
            known = ", ".join(Category)
            raise typer.BadParameter(f"--term {pair!r} is not WORD=CATEGORY, one of {known}")
        terms[normalize("NFKC", word).casefold()] = category
    return terms
