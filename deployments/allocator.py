"""What this process's C library does with memory that was freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_MOST_BYTES: Final = 32 * 1024 * 1024
"""The most that glibc takes for the latter."""


def keep_freed_memory() -> None:
    """Have glibc keep freed blocks for the next ones instead of giving each back to the system.

    For a stage whose every request takes the same large blocks again: given back, they cost a page
    fault for every 4 KiB of each. The doors, whose photos have any size, give theirs back
    (`transport.py`). Does nothing where there is another C library.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _MOST_BYTES)
        mallopt(_M_TRIM_THRESHOLD, 2 * _MOST_BYTES)
