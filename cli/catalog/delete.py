"""`lookalike catalog delete`: products by id, those that a table names, or does not name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from catalog.deleting import delete_named, delete_unnamed, table_ids
from catalog.importers.rows import ColumnPlan
from catalog.importers.table_files import open_table
from catalog.store import open_store
from cli.catalog.left_out import LEFT_OUT, FirstProblems
from cli.catalog.shop_words import mapped_columns
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence

_MAP_HINT: Final = "; name yours with --map, as in --map id=article"


def delete(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Products to delete.")
    ] = None,
    listed: Annotated[
        Path | None,
        typer.Option("--in", metavar="FILE", help="Delete what this table names."),
    ] = None,
    unlisted: Annotated[
        Path | None,
        typer.Option(
            "--not-in",
            metavar="FILE",
            help="Delete what this table does not name: a list of all that is sold.",
        ),
    ] = None,
    many: Annotated[
        bool, typer.Option("--many", help="With --not-in, even if it is more than a fifth of all.")
    ] = False,
    column_map: Annotated[
        list[str] | None, typer.Option("--map", help="Your name of the column of ids: id=article.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a text file that is not UTF-8, such as cp949.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be deleted, and delete nothing.")
    ] = False,
    data: DataOption = None,
) -> None:
    """Delete products by their ids, also while a service runs; pictures go by `tidy --pictures`.

    A table is CSV, JSON lines or Parquet with a column id (or article_id, product_id, sku). Exit
    code 3: rows of `--in` have no id that can be read.
    """
    if (bool(ids), listed is not None, unlisted is not None).count(True) != 1:
        raise typer.BadParameter("name products by their ids, by --in FILE or by --not-in FILE")
    settings = settings_for(data)
    columns = mapped_columns(column_map or [])
    plan = ColumnPlan(columns, needed=("id",), hint=_MAP_HINT)
    verb = "would be deleted" if dry_run else "deleted"
    problems = FirstProblems(Console(stderr=True))
    with told_in_a_sentence(), open_store(settings.store_url, create=False) as store:
        if unlisted is not None:
            source = open_table(unlisted, plan, encoding)
            done = delete_unnamed(store, source, columns, dry_run=dry_run, many=many)
            told = f"of {done.asked:,} products {done.deleted:,} {verb}, which {unlisted} lacks"
        else:
            named: Iterable[str] = ids or ()
            if listed is not None:
                named = table_ids(open_table(listed, plan, encoding), columns, problems)
            done = delete_named(store, named, dry_run=dry_run)
            told = f"{done.asked:,} ids: {done.deleted:,} products {verb}"
    typer.echo(f"{told} ({settings.shown_store_url})")
    if problems.count:
        raise typer.Exit(LEFT_OUT)
