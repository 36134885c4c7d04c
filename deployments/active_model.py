"""The model that the catalogue's store says searches use, in place of the configured one."""

from __future__ import annotations

import logging
from typing import TypeVar

from catalog.store import open_store
from deployments.settings import ServiceArgs
from lookalike.contract.errors import UnavailableError

Args = TypeVar("Args", bound=ServiceArgs)
_log = logging.getLogger(__name__)


def with_active_model(args: Args) -> Args:
    """`args` with the weights that `lookalike catalog ingest --switch` named last.

    As configured where nothing was switched yet, and where the store is out of reach: the
    features of the configured model are there, and all stages agree on it.
    """
    try:
        with open_store(args.catalog.store_url, create=False) as store:
            active = store.active_model()
    except UnavailableError as error:
        _log.warning("starting with the configured weights: %s", error.message)
        return args
    if active is None:
        return args
    encoder = args.encoder.model_copy(update={"weights": active.weights})
    return args.model_copy(update={"encoder": encoder})
