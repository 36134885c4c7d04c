"""The catalogue before its service starts: a demo where there is none, features where they lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.progress import Progress

from catalog.demo_catalogue import holds_demo_alone, is_of_seed
from catalog.ingest import IngestReport
from catalog.records import ActiveModel
from catalog.store import CatalogStore, open_store
from catalog.waiting import PATIENCE_S, once_reached
from cli.catalog.demo import DemoResult, prepare_demo
from cli.catalog.features import give_features
from cli.catalog.ingest_command import told_of_lacking
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
    patience_s: float = PATIENCE_S,
) -> None:
    """Make the catalogue as ready for searches as is quick, by the model that searches use.

    An empty catalogue gets the demo if `demo`, and one that holds this very demo alone what its
    run left undone. Any other is a shop's own, or a demo of another seed: nothing is drawn into
    it; up to `GIVEN_AT_START` products get the features they lack, and of more a message tells.

    Raises:
        UnavailableError: the store can't be opened, a server's not within `patience_s`.
        WeightsError: a model's weights can't be had.
        OSError: the data folder can't be written.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    found = _look_once_reached(settings, messages, patience_s)
    settings = settings.model_copy(update={"weights": found.model.weights})
    if demo and found.waits_for_demo:
        draw(settings, messages)
    elif found.lacking >= GIVEN_AT_START:
        version, named = found.model.version, found.names_model
        say(messages, told_of_lacking(settings, found.lacking, version, names_model=named))
    elif found.lacking:
        _give(settings, messages, give)


@dataclass(frozen=True, slots=True)
class _Found:
    """A catalogue as it is found at the start."""

    model: ActiveModel
    names_model: bool
    """Whether the store names the model, and not the settings."""
    lacking: int
    waits_for_demo: bool


def _look_once_reached(settings: Settings, messages: Console, patience_s: float) -> _Found:
    """A server is waited for; an SQLite file is made where there is none, or will not come."""
    told = False

    def tell(reason: str) -> None:
        nonlocal told
        if not told:
            say(messages, f"Waiting up to {patience_s:.0f} s for the store: {reason}", "yellow")
        told = True

    is_file = settings.store_url.startswith("sqlite")
    return once_reached(lambda: _look(settings), tell, 0.0 if is_file else patience_s)


def _look(settings: Settings) -> _Found:
    with open_store(settings.store_url) as store:
        model = searched_model(settings, store)
        lacking = store.count_without_features(model.version)
        empty = store.counts().products == 0
        is_demo = holds_demo_alone(store) and (empty or (lacking > 0 and is_of_seed(store)))
        return _Found(model, store.active_model() is not None, lacking, is_demo)


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
