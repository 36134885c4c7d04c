"""Products of eight rows and two queries in 16-bit integers: the inner loop of a batch's scan."""

from __future__ import annotations

from typing import Any, Final

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from lookalike.search import FEATURE_DIM

TILE_ROWS: Final = 8
"""Rows that are scored together against a batch of queries."""
PAIR: Final = 2
"""A batch's queries are scored two at a time: their number is a multiple of it."""

_DIM: Final = FEATURE_DIM
_ROWS_AT_ONCE: Final = 4
_LANES: Final = 16


@intrinsic  # type: ignore[untyped-decorator]
def tile_products(_typing: Any, tile: Any, queries: Any, query: Any, sums: Any) -> Any:
    """Put the products of all 8 rows of `tile` and `PAIR` of the `queries` into `sums`.

    `tile` (8, 512) int16, `queries` (Q, 512) int16, `query` the first of the pair, `sums` (Q, 8)
    int32. Written in LLVM's own language for the one thing that its vectoriser does not find:
    two neighbouring products added at once (pmaddwd, or vpdpwssd that adds the sum as well).
    """

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        int16, int32, int64 = ir.IntType(16), ir.IntType(32), ir.IntType(64)
        narrow, wide = ir.VectorType(int16, _LANES), ir.VectorType(int32, _LANES)
        half = ir.VectorType(int32, _LANES // 2)
        even, odd = (ir.Constant(half, list(range(first, _LANES, 2))) for first in (0, 1))
        reduce = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(int32, [half]), "llvm.vector.reduce.add.v8i32"
        )
        tile_at, queries_at, sums_at = (
            context.make_array(signature.args[i])(context, builder, args[i]).data for i in (0, 1, 3)
        )

        def offset(base: Any, row: Any, length: int) -> Any:
            return builder.gep(base, [builder.mul(row, ir.Constant(int64, length))])

        def load(base: Any, place: Any) -> Any:
            at = builder.bitcast(builder.gep(base, [place]), narrow.as_pointer())
            loaded = builder.load(at)
            loaded.align = 2
            return builder.sext(loaded, wide)

        def pair_sums(left: Any, right: Any) -> Any:
            products = builder.mul(left, right)
            none = ir.Constant(wide, ir.Undefined)
            return builder.add(
                builder.shuffle_vector(products, none, even),
                builder.shuffle_vector(products, none, odd),
            )

        looks = [
            offset(queries_at, builder.add(args[2], ir.Constant(int64, q)), _DIM)
            for q in range(PAIR)
        ]
        for first in range(0, TILE_ROWS, _ROWS_AT_ONCE):
            rows = range(first, first + _ROWS_AT_ONCE)
            lines = [offset(tile_at, ir.Constant(int64, row), _DIM) for row in rows]
            totals = {
                (row, q): cgutils.alloca_once_value(builder, ir.Constant(half, None))
                for row in rows
                for q in range(PAIR)
            }
            with cgutils.for_range(builder, ir.Constant(int64, _DIM // _LANES)) as loop:
                place = builder.mul(loop.index, ir.Constant(int64, _LANES))
                line_parts = [load(line, place) for line in lines]
                look_parts = [load(look, place) for look in looks]
                for (row, q), total in totals.items():
                    product = pair_sums(line_parts[row - first], look_parts[q])
                    builder.store(builder.add(builder.load(total), product), total)
            for (row, q), total in totals.items():
                out = offset(sums_at, builder.add(args[2], ir.Constant(int64, q)), TILE_ROWS)
                at = builder.gep(out, [ir.Constant(int64, row)])
                builder.store(builder.call(reduce, [builder.load(total)]), at)
        return context.get_dummy_value()

    return types.void(tile, queries, types.int64, sums), generate
