"""Callers whom a door elsewhere has let in, remembered for as long as it can't be asked."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from hashlib import sha256
from typing import Final

_FOR_S: Final = 3600.0
_CALLERS: Final = 10_000


class LetInLately:
    """The keys of the last 10,000 callers that were let in within the hour, as hashes.

    None is the caller without a key, whom a door lets in that asks for none.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: OrderedDict[bytes, float] = OrderedDict()

    def add(self, key: str | None) -> None:
        """The door has let it in."""
        hashed = _hashed(key)
        self._until[hashed] = self._clock() + _FOR_S
        self._until.move_to_end(hashed)
        if len(self._until) > _CALLERS:
            self._until.popitem(last=False)

    def drop(self, key: str | None) -> None:
        """The door has turned it away."""
        self._until.pop(_hashed(key), None)

    def holds(self, key: str | None) -> bool:
        """Whether it was let in lately, and not turned away since."""
        return self._clock() < self._until.get(_hashed(key), 0.0)


def _hashed(key: str | None) -> bytes:
    return b"" if key is None else sha256(key.encode()).digest()
