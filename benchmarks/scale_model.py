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
    """A machine of one shard, all of whose cores scan."""

    cores: int
    memory_gb: float

    @classmethod
    def parsed(cls, text: str) -> Machine:
        """From "16x128". Raises: ValueError."""
        cores, memory_gb = text.split("x")
        return cls(int(cores), float(memory_gb))

    def rows_that_fit(self, memory: Line) -> int:
        """How many rows a shard may have whose memory is such a line of bytes."""
        return int((self.memory_gb * 1e9 * _USABLE_MEMORY - memory.fixed) / memory.each)


def needs(costs: Costs, machine: Machine, products: int) -> Iterator[tuple[str, float, str]]:
    """What `products` products need of such machines: cases, values and units.

    A scan is taken to be as fast by core as where it was measured, with the memory to feed it.
    """
    machines = math.ceil(products / machine.rows_that_fit(costs.compacting))
    resting = math.ceil(products / machine.rows_that_fit(costs.resting))
    rows = math.ceil(products / machines)
    faster = costs.threads / machine.cores
    one_ms = costs.one_query.fixed + costs.one_query.each * rows * faster
    together_ms = costs.together.fixed + costs.together.each * rows * faster
    load_s = costs.load_own_s * rows + costs.load_other_s * products
    yield "machines", machines, ""
    yield "machines, were no change to be followed", resting, ""
    yield "memory of a machine's rows", costs.resting.at(rows) / 1e9, "GB"
    yield "memory while a machine compacts", costs.compacting.at(rows) / 1e9, "GB"
    yield "1 query", one_ms, "ms"
    yield "memory bandwidth that this takes", rows * SCANNED_BYTES / one_ms / 1e6, "GB/s"
    yield "16 queries together", together_ms, "ms"
    yield "a machine's start from the store", load_s, "s"
