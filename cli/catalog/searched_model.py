"""The model that searches use: the one that was switched to, or else the settings' own."""

from __future__ import annotations

from catalog.records import ActiveModel
from catalog.store import CatalogStore
from cli.settings import Settings
from lookalike.vision.weights import WeightsError, find_model


def searched_model(settings: Settings, store: CatalogStore) -> ActiveModel:
    """Version and weights of the model that searches use.

    The version is that of the weights as they are here, where they are: an upgrade brings new ones
    of the name that was switched to, and a service finds the features of those alone.

    Raises:
        WeightsError: no model was switched to, and the settings' own can't be found.
    """
    active = store.active_model()
    weights = settings.weights if active is None else active.weights
    try:
        return ActiveModel(find_model(weights).manifest.version, weights)
    except WeightsError:
        if active is None:
            raise
        return active
