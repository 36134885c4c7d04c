"""`lookalike catalog tidy`: delete what the catalogue has gathered and nobody needs."""

from __future__ import annotations

from typing import Annotated

import typer

from catalog.images import ImageFolder
from catalog.store import open_store
from catalog.tidying import tidy_log, tidy_pictures
from cli.catalog.terminal import DataOption, settings_for, told_in_a_sentence


def tidy(
    data: DataOption = None,
    pictures: Annotated[
        bool,
        typer.Option(
            "--pictures",
            help="Delete pictures as well that no product has and nobody has put for a day: for a "
            "folder of pictures that is this store's alone.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be deleted, and delete nothing.")
    ] = False,
) -> None:
    """Delete changes that later ones repeat, and pictures of no product where told to.

    The service may run meanwhile, a backup should not: it would miss pictures of products that it
    has already. Another store's products that share the folder of pictures would lose theirs.
    """
    settings = settings_for(data)
    done = "would be deleted" if dry_run else "deleted"
    with told_in_a_sentence(), open_store(settings.store_url, create=False) as store:
        changes = tidy_log(store, dry_run=dry_run)
        typer.echo(f"{changes:,} changes that later ones repeat {done}")
        if pictures:
            gone = tidy_pictures(store, ImageFolder(settings.images_dir), dry_run=dry_run)
            typer.echo(f"{gone:,} pictures of no product {done}")
