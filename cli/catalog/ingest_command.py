"""The `lookalike catalog ingest` that gives a served catalogue its features."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from catalog.store import open_store
from cli.catalog.searched_model import searched_model
from cli.served_config import absolute_place
from cli.settings import Settings
from lookalike.vision.weights import WeightsError

_VARIABLES: Final[Mapping[str, str]] = {
    "store_url": "LOOKALIKE_STORE_URL",
    "images_dir": "LOOKALIKE_IMAGES_DIR",
}


def ingest_command(served: Settings, *, names_model: bool) -> str:
    """The command, with what only the service's configuration or options say.

    `served` are the settings as served; `names_model`: the store names the model, to both alike.
    A variable is named without its value, as an address may hold a password.
    """
    own = Settings()
    words = ["lookalike", "catalog", "ingest"]
    if absolute_place(own.data_dir) != absolute_place(served.data_dir):
        words += ["--data", str(served.data_dir)]
        own = Settings(data_dir=served.data_dir)
    if not names_model and own.weights != served.weights:
        words += ["--weights", served.weights]
    lacking = [
        f"{variable} set to the configuration's {place}"
        for place, variable in _VARIABLES.items()
        if absolute_place(getattr(own, place)) != absolute_place(getattr(served, place))
    ]
    command = f"`{shlex.join(words)}`"
    return f"{command}, with {' and '.join(lacking)}," if lacking else command


def told_of_lacking(served: Settings, lacking: int, version: str, *, names_model: bool) -> str:
    """How many products can't be found yet, and what gives them their features."""
    products = "1 product has" if lacking == 1 else f"{lacking:,} products have"
    command = ingest_command(served, names_model=names_model)
    return (
        f"{products} no features of {version} yet and can't be found; {command} gives them, also "
        "while the service runs."
    )


def lacking_now(settings: Settings) -> str:
    """The same of what the store holds, by the model that searches use; empty where nothing lacks.

    Raises:
        UnavailableError: the store can't be opened.
    """
    with open_store(settings.store_url, create=False) as store:
        try:
            model = searched_model(settings, store)
        except WeightsError:
            return ""  # the service says what is wrong with its model, and so does `ingest`
        lacking = store.count_without_features(model.version)
        by_store = store.active_model() is not None
    if not lacking:
        return ""
    return told_of_lacking(settings, lacking, model.version, names_model=by_store)
