"""float16 rows in two planes of bytes, of which the first is enough to score them roughly.

A float16 of magnitude below 2 has a zero as its top exponent bit. Without that bit it is sign,
4 bits of exponent and 10 of mantissa: the `high` byte takes sign, exponent and the first 3 of
the mantissa, the `low` byte the other 7. Nothing is lost, and both take as much memory as before.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from catalog.index.compiled import compiled
from lookalike.search import FEATURE_DIM

_DIM: Final = FEATURE_DIM
_EXPONENT_BIAS: Final = (127 - 15) << 23


@intrinsic  # type: ignore[untyped-decorator]
def _as_float32(_typing: Any, _bits: Any) -> Any:
    """The float32 that has these 32 bits."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.uint32), generate


@compiled
def coarse(high: Any) -> Any:
    """The middle of what a high byte can stand for, as float32.

    Where the exponent is 0 this is off by up to 2^-14: `split` measures that with the rest.
    """
    bits = np.uint32(np.int32(high)) << np.uint32(20)
    return _as_float32(np.uint32((bits & np.uint32(0x87F00000)) | np.uint32(0x38080000)))


@compiled
def exact(high: Any, low: Any) -> Any:
    """The float16 of the two bytes, as float32."""
    byte = np.uint32(np.int32(high))
    sign = (byte & np.uint32(0x80)) << np.uint32(24)
    rest = ((byte & np.uint32(0x7F)) << np.uint32(20)) | (np.uint32(low) << np.uint32(13))
    normal = _as_float32(np.uint32((rest + np.uint32(_EXPONENT_BIAS)) | sign))
    # Below 2^-14 a float16 has no implicit leading 1: add one and take it away.
    tiny = _as_float32(np.uint32(rest + np.uint32(_EXPONENT_BIAS + (1 << 23)))) - np.float32(2**-14)
    tiny = -tiny if sign else tiny
    return tiny if rest < np.uint32(1 << 23) else normal


@compiled
def split(bits: Any, high: Any, low: Any, error: Any) -> None:
    """Lay (B, 512) uint16 float16 `bits` into the planes.

    `high` (B, 512) int8 and `low` (B, 512) uint8 are written, and `error` (B,) float32: at least
    the length of the difference between each row and what its high bytes alone stand for.
    """
    for row in range(bits.shape[0]):
        squares = 0.0
        for j in range(_DIM):
            value = np.uint32(bits[row, j])
            top = np.int8(np.uint8(((value >> 8) & 0x80) | ((value >> 7) & 0x7F)))
            bottom = np.uint8(value & 0x7F)
            high[row, j] = top
            low[row, j] = bottom
            difference = np.float64(exact(top, bottom)) - np.float64(coarse(top))
            squares += difference * difference
        error[row] = np.float32(np.sqrt(squares) * 1.000001)


@compiled
def join(high: Any, low: Any, rows: Any, bits: Any) -> None:
    """Put the float16 bits of the `rows` (B,) int64 into (B, 512) uint16 `bits`."""
    for place in range(rows.shape[0]):
        row = rows[place]
        for j in range(_DIM):
            byte = np.uint32(np.int32(high[row, j]))
            bits[place, j] = np.uint16(
                ((byte & 0x80) << 8) | ((byte & 0x7F) << 7) | np.uint32(low[row, j])
            )


@compiled
def sort_in_place(high: Any, low: Any, error: Any, order: Any) -> None:
    """Move row `order[i]` to row i, one cycle of the permutation after the other.

    `order` (N,) int64 is used up: -1 everywhere afterwards.
    """
    high_kept, low_kept = np.empty(_DIM, np.int8), np.empty(_DIM, np.uint8)
    for first in range(order.shape[0]):
        if order[first] < 0:
            continue
        high_kept[:], low_kept[:], error_kept = high[first], low[first], error[first]
        place = first
        while order[place] != first:
            source = order[place]
            high[place], low[place], error[place] = high[source], low[source], error[source]
            order[place] = -1
            place = source
        high[place], low[place], error[place] = high_kept, low_kept, error_kept
        order[place] = -1
