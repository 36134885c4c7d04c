"""How this package's loops are compiled: by numba, at their first call, for the processor at hand.

The machine code is kept beside the source or, where that can't be written, in the user's cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba

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
