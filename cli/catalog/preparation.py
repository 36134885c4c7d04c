"""The catalogue before its service starts: a demo where there is none, features where they lack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.progress import Progress

from catalog.demo_catalogue import holds_demo_alone, is_of_seed
from catalog.ingest import IngestReport
from catalog.store import CatalogStore, open_store
from cli.catalog.demo import DemoResult, prepare_demo
from cli.catalog.features import give_features
from cli.catalog.searched_model import searched_model
from cli.catalog.terminal import progress_bars
from cli.sentences import say
from cli.settings import Settings

GIVEN_AT_START: Final = 1000
"""A service waits for the features of fewer products; more are minutes, and `ingest` does them."""

_SHOWN_FAILURES: Final = 10

DrawDemo = Callable[[Settings, Console], DemoResult]
GiveFeatures = Callable[[Settings, CatalogStore, Progress], tuple[IngestReport, str]]


def prepare_catalogue(
    settings: Settings,
    messages: Console,
    *,
    demo: bool,
    draw: DrawDemo = prepare_demo,
    give: GiveFeatures = give_features,
) -> None:
    """Make the catalogue as ready for searches as is quick, by the model that searches use.

    An empty catalogue gets the demo if `demo`, and one that holds this very demo alone what its
    run left undone. Any other is a shop's own, or a demo of another seed: nothing is drawn into
    it; up to `GIVEN_AT_START` products get the features they lack, and of more a message tells.

    Raises:
        UnavailableError: the store can't be opened.
        WeightsError: a model's weights can't be had.
        OSError: the data folder can't be written.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with open_store(settings.store_url) as store:
        model = searched_model(settings, store)
        lacking = store.count_without_features(model.version)
        empty = store.counts().products == 0
        for_demo = demo and holds_demo_alone(store) and (empty or (lacking and is_of_seed(store)))
    settings = settings.model_copy(update={"weights": model.weights})
    if for_demo:
        draw(settings, messages)
    elif lacking >= GIVEN_AT_START:
        messages.print(
            f"{lacking:,} products have no features of {model.version} yet and can't be found; "
            "`lookalike catalog ingest` gives them, also while the service runs.",
            highlight=False,
        )
    elif lacking:
        _give(settings, messages, give)


def _give(settings: Settings, messages: Console, give: GiveFeatures) -> None:
    with progress_bars(messages) as progress, open_store(settings.store_url) as store:
        report, _ = give(settings, store, progress)
    for failure in report.failed[:_SHOWN_FAILURES]:
        say(messages, f"{failure.product_id}: {failure.reason}", "yellow")
    if report.failed:
        messages.print(
            f"{len(report.failed):,} products stay without features: they can't be found.",
            highlight=False,
        )
