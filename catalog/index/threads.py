"""How many threads a search uses: one number for the process, as torch has one for its products.

A number of the index's own, so that a shard whose loops are compiled needs no torch: that is
125 MB a process.
"""

from __future__ import annotations

import os

_of_process: int | None = None


def set_search_threads(threads: int) -> None:
    """Have the searches of this process use so many threads from now on."""
    global _of_process
    _of_process = threads


def search_threads() -> int:
    """The number set, else the processors that this process may use."""
    return _of_process or len(os.sched_getaffinity(0))
