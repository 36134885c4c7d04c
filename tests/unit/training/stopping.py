"""Asks a run to stop at a batch."""

from __future__ import annotations

import threading


class StopAfter(threading.Event):
    """Asks to stop once it has been asked so many times."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self._left = batches

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0
