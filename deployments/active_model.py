"""The model that the catalogue's store says searches use, in place of the configured one."""

from __future__ import annotations

import logging
from typing import TypeVar

from catalog.records import ActiveModel
from catalog.store import open_store
from catalog.waiting import PATIENCE_S, once_reached
from deployments.settings import ServiceArgs
from lookalike.contract.errors import UnavailableError

Args = TypeVar("Args", bound=ServiceArgs)

_log = logging.getLogger(__name__)


def with_active_model(args: Args, patience_s: float = PATIENCE_S) -> Args:
    """`args` with the weights that `lookalike catalog ingest --switch` named last.

    As configured where nothing was switched yet. A store that is away is waited for and never
    guessed at: the service would stay on the model before, and find nothing that is newer.

    Raises:
        UnavailableError: the store was not there within `patience_s`.
    """
    active = _active_model_when_reached(args.catalog.store_url, patience_s)
    if active is None:
        return args
    encoder = args.encoder.model_copy(update={"weights": active.weights})
    return args.model_copy(update={"encoder": encoder})


def _active_model_when_reached(store_url: str, patience_s: float) -> ActiveModel | None:
    def ask() -> ActiveModel | None:
        with open_store(store_url, create=False) as store:
            return store.active_model()

    def tell(reason: str) -> None:
        _log.warning("waiting for the store, which names the model: %s", reason)

    try:
        return once_reached(ask, tell, patience_s)
    except UnavailableError as error:
        raise UnavailableError(
            f"no service starts while its store can't say which model searches use: {error.message}"
        ) from error
