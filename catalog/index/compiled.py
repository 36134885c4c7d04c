"""How this package's loops are compiled: by numba, at their first call, for the processor at hand.

The machine code is kept beside the source or, where that can't be written, in the user's cache.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

import numba
import platformdirs

_Loop = TypeVar("_Loop", bound=Callable[..., Any])
_OPTIONS: Final = {
    "nogil": True,
    # Sums may be taken in any order, so that they can be taken many at a time; infinities keep
    # their meaning.
    "fastmath": {"reassoc", "contract", "nsz"},
}


def compiled(loop: _Loop) -> _Loop:
    """`loop`, to be compiled for the types that it is first called with."""
    try:
        return cast(_Loop, numba.njit(cache=True, **_OPTIONS)(loop))
    except RuntimeError:  # there is no folder that numba may write to: compiled in each process
        return cast(_Loop, numba.njit(**_OPTIONS)(loop))


@contextmanager
def one_process_at_a_time() -> Iterator[None]:
    """Around a first call of all loops: what one process compiles the others find compiled.

    Shards start at the same time, and the first start after an installation compiles: 17 s of
    processor time.
    """
    try:
        folder = platformdirs.user_cache_path("lookalike", ensure_exists=True)
        lock = (folder / "compile.lock").open("w")
    except OSError:  # nowhere to write: then nothing is kept either
        yield
        return
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
