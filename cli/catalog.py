"""`lookalike catalog`: fill the catalogue, and see what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from catalog.demo_catalogue import build_demo, build_street
from catalog.images import ImageFolder
from catalog.ingest import IngestReport, ingest
from catalog.store import CatalogStore, StoreCounts, open_store
from cli.settings import Settings
from lookalike.contract.errors import LookalikeError
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.vision.weights import KNOWN_WEIGHTS, WeightsError, find_model, find_weights

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

_DATA = Annotated[Path | None, typer.Option(help="Folder of the catalogue. [default: data]")]
_SHOWN_FAILURES: Final = 10


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo run left behind: listings newly drawn, products in all, and its failures."""

    drawn: int
    products: int
    features: IngestReport
    model_version: str
    street_photos: int


@app.callback()
def catalog() -> None:
    """Fill the catalogue, and see what it holds."""


@app.command()
def demo(
    data: _DATA = None,
    per_category: Annotated[int, typer.Option(min=8, help="Listings of each category.")] = 40,
    seed: Annotated[int, typer.Option(min=0, help="Another seed draws other garments.")] = 7,
) -> None:
    """Draw a demo catalogue with street photos to query it, and compute its features.

    Goes on where an earlier run stopped, and skips what is done.
    """
    settings = _settings(data)
    with _told_in_a_sentence():
        result = prepare_demo(settings, Console(stderr=True), per_category, seed)
    typer.echo(
        f"{result.products} products in {settings.store_url}: {result.drawn} drawn, "
        f"{result.features.done} given features of {result.model_version}; "
        f"{result.street_photos} street photos in {settings.street_dir}"
    )
    if result.features.failed:
        raise typer.Exit(1)


@app.command()
def stats(
    data: _DATA = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Count what the catalogue holds."""
    settings = _settings(data)
    with _told_in_a_sentence(), open_store(settings.store_url) as store:
        counts = store.counts()
    if as_json:
        typer.echo(json.dumps(_as_json(counts)))
    else:
        _print_counts(Console(), counts)


def prepare_demo(
    settings: Settings, messages: Console, per_category: int = 40, seed: int = 7
) -> DemoResult:
    """Draw and ingest what is missing of the demo catalogue, with progress on `messages`.

    Raises:
        UnavailableError: the store can't be opened.
        WeightsError: a model's weights can't be had.
        OSError: the data folder can't be written.
    """
    images = ImageFolder(settings.images_dir)
    with _progress(messages) as progress, open_store(settings.store_url) as store:
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
        report, model_version = give_features(settings, store, progress)
        products = store.counts().products
    for failure in report.failed[:_SHOWN_FAILURES]:
        messages.print(f"[yellow]{failure.product_id}: {failure.reason}", highlight=False)
    return DemoResult(counts.drawn, products, report, model_version, street_photos)


def give_features(
    settings: Settings, store: CatalogStore, progress: Progress
) -> tuple[IngestReport, str]:
    """Features for all products that lack them; returns the report and the model version.

    Torch and ONNX Runtime are loaded only where there is something to do.

    Raises:
        WeightsError: a model's weights can't be had.
    """
    model = find_model(settings.weights)
    version = model.manifest.version
    bar = progress.add_task("Computing features", total=None)
    lacking = store.count_without_features(version)
    if not lacking:
        progress.update(bar, completed=1, total=1)
        return IngestReport(total=0), version
    progress.update(bar, total=lacking)
    segmenter = settings.segmenter or model.manifest.segmenter
    _fetch_segmenter(segmenter, progress)
    from catalog.vision_stages import vision_stages

    stages = vision_stages(model, segmenter)
    report = ingest(
        store,
        ImageFolder(settings.images_dir),
        stages,
        lambda r: progress.update(bar, completed=r.done + len(r.failed)),
    )
    return report, version


def _fetch_segmenter(name: str, progress: Progress) -> None:
    """Fetch a segmenter of the weights registry, with a bar if that takes a download."""
    if name not in KNOWN_WEIGHTS:
        return
    bar = progress.add_task(f"Fetching {name}, kB", total=None, visible=False)

    def show(done_bytes: int, total_bytes: int | None) -> None:
        total_kb = None if total_bytes is None else total_bytes // 1000
        progress.update(bar, visible=True, completed=done_bytes // 1000, total=total_kb)

    find_weights(name, show)


def _settings(data: Path | None) -> Settings:
    return Settings() if data is None else Settings(data_dir=data)


@contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except (LookalikeError, WeightsError, OSError) as error:
        Console(stderr=True).print(f"[red]{error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        Console(stderr=True).print("Stopped; the same command goes on from here.")
        raise typer.Exit(130) from None


def _progress(messages: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=messages,
    )


def _as_json(counts: StoreCounts) -> dict[str, Any]:
    return {
        "products": counts.products,
        "without_image": counts.without_image,
        "by_category": {c: counts.by_category.get(c, 0) for c in CATEGORIES},
        "with_features": counts.with_features,
        "catalog_version": counts.catalog_version,
    }


def _print_counts(console: Console, counts: StoreCounts) -> None:
    table = Table(title=f"Catalogue at change {counts.catalog_version}")
    table.add_column("")
    table.add_column("products", justify="right")
    for category in CATEGORIES:
        table.add_row(category, f"{counts.by_category.get(category, 0):,}")
    table.add_section()
    table.add_row("all", f"{counts.products:,}")
    table.add_row("without a picture", f"{counts.without_image:,}")
    for model_version, count in counts.with_features.items():
        table.add_row(f"with features of {model_version}", f"{count:,}")
    console.print(table)
