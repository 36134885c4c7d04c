"""How many threads a search uses: one number for the process, as torch has one for its products.

A number of the index's own, so that a shard whose loops are compiled needs no torch: that is
125 MB a process.
"""

from __future__ import annotations

from lookalike.processors import usable_processors

_of_process: int | None = None


def set_search_threads(threads: int) -> None:
    """Have the searches of this process use so many threads from now on."""
    global _of_process
    _of_process = threads


def search_threads() -> int:
    """The number set, else the processors that this process may use when first asked."""
    global _of_process
    if _of_process is None:
        _of_process = usable_processors()
    return _of_process
