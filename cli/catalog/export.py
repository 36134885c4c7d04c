"""`lookalike catalog export`: products as a file that `import` reads back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from catalog.export import export_products
from catalog.images import ImageFolder
from catalog.store import open_store
from cli.catalog.terminal import (
    CategoryOption,
    DataOption,
    category_options,
    progress_bars,
    settings_for,
    told_in_a_sentence,
)


def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .parquet file.")],
    category: CategoryOption = None,
    data: DataOption = None,
) -> None:
    """Write products to a CSV or Parquet file; `import FILE --images DATA/images` reads it back."""
    settings = settings_for(data)
    categories = category_options(category)
    messages = Console(stderr=True)
    with (
        told_in_a_sentence(),
        open_store(settings.store_url, create=False) as store,
        progress_bars(messages) as progress,
    ):
        counts = store.counts()
        total = sum(n for c, n in counts.by_category.items() if not categories or c in categories)
        bar = progress.add_task("Exporting", total=total)
        count = export_products(
            store,
            ImageFolder(settings.images_dir),
            file,
            categories,
            lambda done: progress.update(bar, completed=done),
        )
    typer.echo(f"{count:,} products in {file}; their pictures are in {settings.images_dir}")
