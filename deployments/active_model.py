"""The model that the catalogue's store says searches use, in place of the configured one."""

from __future__ import annotations

import logging
import time
from typing import Final, TypeVar

from catalog.database import reached
from catalog.records import ActiveModel
from catalog.store import open_store
from deployments.settings import ServiceArgs
from lookalike.contract.errors import UnavailableError

Args = TypeVar("Args", bound=ServiceArgs)

_PATIENCE_S: Final = 60.0
"""As long as a shard waits to load."""
_PAUSE_S: Final = 0.5
_log = logging.getLogger(__name__)


def with_active_model(args: Args, patience_s: float = _PATIENCE_S) -> Args:
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
    give_up_at = time.monotonic() + patience_s
    while True:
        try:
            with reached(), open_store(store_url, create=False) as store:
                return store.active_model()
        except UnavailableError as error:
            if time.monotonic() > give_up_at:
                raise UnavailableError(
                    f"no service starts while its store can't say which model searches use: "
                    f"{error.message}"
                ) from error
            _log.warning("waiting for the store, which names the model: %s", error.message)
            time.sleep(_PAUSE_S)
