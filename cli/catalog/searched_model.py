"""The model that searches use: the one that was switched to, or else the settings' own."""

from __future__ import annotations

from catalog.records import ActiveModel
from catalog.store import CatalogStore
from cli.settings import Settings
from lookalike.vision.weights import find_model


def searched_model(settings: Settings, store: CatalogStore) -> ActiveModel:
    """Version and weights of the model that searches use.

    Raises:
        WeightsError: no model was switched to, and the settings' own can't be found.
    """
    active = store.active_model()
    if active is not None:
        return active
    return ActiveModel(find_model(settings.weights).manifest.version, settings.weights)
