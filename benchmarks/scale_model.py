"""From costs that were measured to what more products need: a line through the measured sizes.

Everything beyond the greatest size that was measured is extrapolated: see docs/scale.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from lookalike.search import FEATURE_DIM

SCANNED_BYTES: Final = FEATURE_DIM
"""What one query reads of a row: its high bytes."""
_USABLE_MEMORY: Final = 0.9
"""Of a machine's memory; the rest is for its system, Ray and Python."""


@dataclass(frozen=True, slots=True)
class Line:
    """A cost of `fixed` and `each` for every row (or shard)."""

    fixed: float
    each: float

    @classmethod
    def through(cls, sizes: Sequence[float], costs: Sequence[float]) -> Line:
        """The line with the least squared relative errors, so that small sizes count as well."""
        each, fixed = np.polyfit(sizes, costs, 1, w=1 / np.array(costs))
        return cls(float(fixed), float(each))

    def at(self, size: float) -> float:
        """The cost at a size."""
        return self.fixed + self.each * size


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured on `threads` threads.

    Latencies in ms over the rows of one shard; `resting` and `compacting` are bytes of memory.
    To load a shard takes `load_own_s` for each of its rows, `load_other_s` for each of the store.
    """

    threads: int
    one_query: Line
    together: Line
    resting: Line
    compacting: Line
    load_own_s: float
    load_other_s: float


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of one shard, all of whose cores scan as fast as the memory feeds them."""

    cores: int
    memory_gb: float
    gb_a_second: float

    @classmethod
    def parsed(cls, text: str) -> Machine:
        """From "16x128x100". Raises: ValueError."""
        cores, memory_gb, gb_a_second = text.split("x")
        return cls(int(cores), float(memory_gb), float(gb_a_second))

    def rows_that_fit(self, memory: Line) -> int:
        """How many rows a shard may have whose memory is such a line of bytes."""
        return int((self.memory_gb * 1e9 * _USABLE_MEMORY - memory.fixed) / memory.each)

    def scan_ms(self, rows: int, a_row_ms: float, threads: int) -> float:
        """What takes `a_row_ms` on `threads` threads, on all cores here."""
        return rows * max(a_row_ms * threads / self.cores, SCANNED_BYTES / (self.gb_a_second * 1e6))


def needs(costs: Costs, machine: Machine, products: int) -> Iterator[tuple[str, float, str]]:
    """What `products` products need of such machines: cases, values and units.

    A core is taken to be as fast as where it was measured. First for shards that follow changes,
    so that all may compact at one time; then for shards that only answer.
    """
    for memory, when in ((costs.compacting, ""), (costs.resting, ", were no change to follow")):
        machines = math.ceil(products / machine.rows_that_fit(memory))
        rows = math.ceil(products / machines)
        yield f"machines{when}", machines, ""
        yield f"memory of a machine's rows{when}", costs.resting.at(rows) / 1e9, "GB"
        for case, line in (("1 query", costs.one_query), ("16 queries together", costs.together)):
            taken = line.fixed + machine.scan_ms(rows, line.each, costs.threads)
            yield f"{case}{when}", taken, "ms"
        start_s = costs.load_own_s * rows + costs.load_other_s * products
        yield f"a machine's start{when}", start_s, "s"
