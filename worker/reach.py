"""For how long a worker has been without its NATS server."""

from __future__ import annotations

import time
from collections.abc import Callable


class NatsReach:
    """Counts from the first time that `reached` was asked and said no."""

    def __init__(self, reached: Callable[[], bool]) -> None:
        self._reached = reached
        self._lost_at: float | None = None

    def out_of_reach_s(self) -> float:
        """How long it has been so; 0 while the server is reached."""
        now = time.monotonic()
        if self._reached():
            self._lost_at = None
            return 0.0
        if self._lost_at is None:
            self._lost_at = now
        return now - self._lost_at
