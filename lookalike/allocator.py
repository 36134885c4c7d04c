"""What this process's C library does with memory that was freed."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_MIB: Final = 1024 * 1024
_MOST_MIB: Final = 1023
"""Twice as many bytes still fit the integer that glibc takes."""


def keep_freed_memory(block_mib: int) -> None:
    """Have glibc keep freed blocks for the next ones instead of giving each back to the system.

    For work that takes the same large blocks again and again: given back, they cost a page fault
    for every 4 KiB of each. Blocks of up to `block_mib` MiB are kept, at most 1,023, and twice as
    much of what is free. The doors, whose photos have any size, give theirs back
    (`deployments/transport.py`). Does nothing where there is another C library.
    """
    kept = min(block_mib, _MOST_MIB) * _MIB
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, kept)
        mallopt(_M_TRIM_THRESHOLD, 2 * kept)
