"""A store that is away for a moment is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from catalog.database import reached
from lookalike.contract.errors import UnavailableError

PATIENCE_S: Final = 60.0
"""As long as a shard waits to load."""
_PAUSE_S: Final = 0.5

_T = TypeVar("_T")


def once_reached(
    ask: Callable[[], _T], tell: Callable[[str], None], patience_s: float = PATIENCE_S
) -> _T:
    """What `ask` returns, which opens the store, as soon as that is there.

    `tell` is called with the reason before each further try.

    Raises:
        UnavailableError: the store was not there within `patience_s`.
    """
    give_up_at = time.monotonic() + patience_s
    while True:
        try:
            with reached():
                return ask()
        except UnavailableError as error:
            if time.monotonic() >= give_up_at:
                raise
            tell(error.message)
            time.sleep(_PAUSE_S)
