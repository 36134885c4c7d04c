"""`lookalike catalog demo`: a drawn catalogue with street photos to query it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import typer
from rich.console import Console

from catalog.demo_catalogue import (
    build_demo,
    build_street,
    holds_demo_alone,
    remove_demo,
    remove_street,
)
from catalog.images import ImageFolder
from catalog.ingest import IngestReport
from catalog.store import open_store
from cli.catalog.features import give_features
from cli.catalog.searched_model import searched_model
from cli.catalog.terminal import DataOption, progress_bars, settings_for, told_in_a_sentence
from cli.sentences import say
from cli.settings import Settings
from lookalike.contract.errors import BadRequestError

_SHOWN_FAILURES: Final = 10


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo run left behind: listings newly drawn, products in all, and its failures."""

    drawn: int
    products: int
    features: IngestReport
    model_version: str
    street_photos: int


def demo(
    data: DataOption = None,
    per_category: Annotated[int, typer.Option(min=8, help="Listings of each category.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other garments.")] = 7,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take the demo out again, and nothing else.")
    ] = False,
) -> None:
    """Draw a demo catalogue with street photos to query it, and compute its features.

    Goes on where an earlier run stopped, and skips what is done. A catalogue that holds other
    products is refused. A running service follows, also where the demo is taken out.
    """
    settings = settings_for(data)
    if remove:
        with told_in_a_sentence():
            typer.echo(taken_out(settings))
        return
    with told_in_a_sentence():
        result = prepare_demo(settings, Console(stderr=True), per_category, seed)
    typer.echo(told(result, settings))
    if result.features.failed:
        raise typer.Exit(1)


def told(result: DemoResult, settings: Settings) -> str:
    """What a demo run did, in a sentence."""
    return (
        f"{result.products} products in {settings.shown_store_url}: {result.drawn} drawn, "
        f"{result.features.done} given features of {result.model_version}; "
        f"{result.street_photos} street photos in {settings.street_dir}"
    )


def taken_out(settings: Settings) -> str:
    """Take the demo's products and street photos away, and say so in a sentence.

    Raises:
        UnavailableError: the store can't be opened, or is not there.
        OSError: a street photo can't be deleted.
    """
    with open_store(settings.store_url, create=False) as store:
        removed = remove_demo(store)
    remove_street(settings.street_dir)
    return (
        f"{removed} demo products taken out of {settings.shown_store_url}; "
        "`lookalike catalog tidy --pictures` deletes their pictures once other products have theirs"
    )


def prepare_demo(
    settings: Settings, messages: Console, per_category: int = 40, seed: int = 7
) -> DemoResult:
    """Draw and ingest what is missing of the demo catalogue, with progress on `messages`.

    Features are those of the model that searches use.

    Raises:
        BadRequestError: the catalogue has products that are not the demo's.
        UnavailableError: the store can't be opened.
        WeightsError: a model's weights can't be had.
        OSError: the data folder can't be written.
    """
    images = ImageFolder(settings.images_dir)
    with progress_bars(messages) as progress, open_store(settings.store_url) as store:
        if not holds_demo_alone(store):
            raise BadRequestError(
                f"{settings.shown_store_url} has products of its own: no demo is drawn among them"
            )
        bar = progress.add_task("Drawing products", total=None)
        counts = build_demo(
            store,
            images,
            lambda done, total: progress.update(bar, completed=done, total=total),
            seed=seed,
            per_category=per_category,
        )
        bar = progress.add_task("Drawing street photos", total=None)
        street_photos = build_street(settings.street_dir, seed=seed)
        progress.update(bar, completed=street_photos, total=street_photos)
        weights = searched_model(settings, store).weights
        searched = settings.model_copy(update={"weights": weights})
        report, model_version = give_features(searched, store, progress)
        products = store.counts().products
    for failure in report.failed[:_SHOWN_FAILURES]:
        say(messages, f"{failure.product_id}: {failure.reason}", "yellow")
    return DemoResult(counts.drawn, products, report, model_version, street_photos)
