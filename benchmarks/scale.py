"""What a row and a shard cost, measured over sizes, and from it what 10^8 products need.

    OMP_WAIT_POLICY=passive python -m benchmarks.scale --max-rows 2000000 --json

Needs about 6 GB of memory for 2,000,000 rows, and Linux. The rows are those of benchmarks/topk.py,
the products those of benchmarks/shard_load.py. docs/scale.md tells what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure, medians_ms
from benchmarks.memory import count_peak_anew, peak_bytes, resident_bytes
from benchmarks.scale_model import SCANNED_BYTES, Costs, Line, Machine, needs
from benchmarks.shard_load import described_product, draw_store, loaded_apart
from benchmarks.topk import TOGETHER, K, drawn_features, drawn_queries
from catalog.index import ExactIndex, LiveIndex
from catalog.index.threads import search_threads
from catalog.records import ShardChanges
from lookalike.merge import merge_hits
from lookalike.products import Product
from lookalike.search import Features, ShardHit, ShardHits, ShardQuery
from lookalike.sharding import shard_of

PRODUCTS = 100_000_000
SIZES = (100_000, 300_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)
SHARDS = (1, 2, 4)
MACHINES = ("2x24x23", "16x128x100", "64x512x300")
_FANNED_OUT = 64
_FAN_OUT_REPEATS = 50
_MOST_COMPACTED = 300_000
"""Rows beyond which compaction is not measured: it takes several times the memory of the rows."""
_MOST_DIVIDED = 1_000_000
"""Rows beyond which there is one shard alone: to build several takes minutes."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What shards over `rows` rows took; latencies in ms, one a number of shards."""

    rows: int
    one_ms: list[float]
    together_ms: list[float]
    same_answers: bool
    resting_bytes: int
    compacting_bytes: int | None


class Described(Sequence[Product]):
    """The products of these numbers, each made when it is asked for."""

    def __init__(self, numbers: npt.NDArray[np.int64]) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Product: ...
    @overload
    def __getitem__(self, place: slice) -> list[Product]: ...
    def __getitem__(self, place: int | slice) -> Product | list[Product]:
        if isinstance(place, slice):
            return [described_product(number) for number in self._numbers[place].tolist()]
        return described_product(int(self._numbers[place]))


def measure_size(rows: int, repeats: int) -> Measured:
    """Search `rows` rows in 1, 2 and 4 shards; once in a process, for the memory to be theirs."""
    features, queries = drawn_features(rows, seed=3), drawn_queries()
    _ask(list(_built(features[:1000], 1)), queries)  # what a process pays once is not the rows'
    times: list[tuple[float, float]] = []
    answers: list[list[list[str]]] = []
    resting, compacting = 0, None
    for shards in SHARDS if rows <= _MOST_DIVIDED else SHARDS[:1]:
        before = resident_bytes()
        indices = list(_built(features, shards))
        resting = resting or resident_bytes() - before
        answers.append([[hit.product.id for hit in hits] for hits in _ask(indices, queries)])
        times.append(_latencies(indices, queries, repeats))
        if shards == 1 and rows <= _MOST_COMPACTED:
            compacting = resting + _grown_while_compacting(indices.pop(), features)
        indices.clear()
    one_ms, together_ms = (list(column) for column in zip(*times, strict=True))
    same = all(answer == answers[0] for answer in answers)
    return Measured(rows, one_ms, together_ms, same, resting, compacting)


def measured_apart(rows: int, repeats: int) -> Measured:
    """`measure_size` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--repeats", str(repeats)]
    command += ["--size", str(rows)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Measured(**json.loads(output))


def _built(features: npt.NDArray[np.float16], shards: int) -> Iterator[ExactIndex]:
    numbers = np.arange(len(features))
    if shards == 1:
        yield ExactIndex.build(features, Described(numbers), 1)
        return
    places = np.array([shard_of(f"p{number:08d}", shards) for number in numbers.tolist()])
    for shard in range(shards):
        its = np.flatnonzero(places == shard)
        yield ExactIndex.build(features[its], Described(its), 1)


def _ask(indices: Sequence[ExactIndex], queries: Features) -> list[list[ShardHit]]:
    asked = [ShardQuery(query, K) for query in queries]
    by_shard = [index.search_batch(asked) for index in indices]
    return [merge_hits(answers, K) for answers in zip(*by_shard, strict=True)]


def _latencies(
    indices: Sequence[ExactIndex], queries: Features, repeats: int
) -> tuple[float, float]:
    calls: dict[str, Callable[[], object]] = {
        "one": lambda: _ask(indices, queries[:1]),
        "together": lambda: _ask(indices, queries),
    }
    times = medians_ms(calls, repeats)
    return times["one"], times["together"]


def print_size(size: Measured, repeats: int, json_lines: bool) -> None:
    """What was measured of one number of rows."""
    for case, times in (("1 query", size.one_ms), (f"{TOGETHER} queries", size.together_ms)):
        for shards, taken in zip(SHARDS, times, strict=False):
            versus = (None, None) if shards == 1 else ("1 shard", times[0])
            Figure(
                f"{size.rows} rows in {shards} shards: {case}", taken, "ms", repeats, *versus
            ).print(json_lines)
    for case, held in (("resting", size.resting_bytes), ("compacting", size.compacting_bytes)):
        if held is not None:
            Figure(f"{size.rows} rows in 1 shard: {case}", held / 1e6, "MB", 1).print(json_lines)
    if len(size.one_ms) > 1:
        case = f"{size.rows} rows: same answers for all numbers of shards"
        Figure(case, float(size.same_answers), "share", TOGETHER).print(json_lines)


def _grown_while_compacting(index: ExactIndex, features: npt.NDArray[np.float16]) -> int:
    """By how many bytes the process grows at the most while an eighth of a shard's products change
    and all of its rows are joined: no product comes, none goes."""
    before = resident_bytes()
    count_peak_anew()
    live = LiveIndex(index)
    changed = len(index) // 8
    changes = ShardChanges(
        features[:changed][::-1], Described(np.arange(changed))[:], frozenset(), 2
    )
    live.apply(changes)
    del changes
    live.compact()
    assert (live.parts, len(live)) == (1, len(features))
    return peak_bytes() - before


def measure_loads(rows: int, json_lines: bool) -> tuple[float, float]:
    """Seconds for each own row of a shard that loads, and for each row of the store."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'catalog.sqlite'}"
        draw_store(url, rows)
        loads = [loaded_apart(url, shards) for shards in SHARDS]
    for shards, loaded in zip(SHARDS, loads, strict=True):
        case = f"load 1 of {shards} shards from a store of {rows} rows"
        Figure(case, loaded.seconds, "s", loaded.rows).print(json_lines)
    line = Line.through([loaded.rows for loaded in loads], [loaded.seconds for loaded in loads])
    return line.each, max(line.fixed, 0.0) / rows


def fan_out(index: ExactIndex, json_lines: bool) -> None:
    """What a query costs its gateway for each shard, without the way over the network."""
    queries = drawn_queries()
    answer = index.search(ShardQuery(queries[0], K))
    message = pickle.dumps(answer)
    answers: list[ShardHits] = [answer] * _FANNED_OUT
    times = medians_ms(
        {
            "merge": lambda: merge_hits(answers, K),
            "read": lambda: [pickle.loads(message) for _ in answers],
        },
        _FAN_OUT_REPEATS,
    )
    each = f"of {_FANNED_OUT} shards"
    Figure(f"merge the answers {each}", times["merge"], "ms", _FAN_OUT_REPEATS).print(json_lines)
    Figure(f"unpickle the answers {each}", times["read"], "ms", _FAN_OUT_REPEATS).print(json_lines)
    Figure("an answer of 10 hits, pickled", len(message) / 1e6, "MB", 1).print(json_lines)


def fitted(sizes: Sequence[Measured], loads: tuple[float, float]) -> Costs:
    """Lines through what one shard took."""
    rows = [size.rows for size in sizes]
    compacted = [size for size in sizes if size.compacting_bytes]
    return Costs(
        search_threads(),
        Line.through(rows, [size.one_ms[0] for size in sizes]),
        Line.through(rows, [size.together_ms[0] for size in sizes]),
        Line.through(rows, [size.resting_bytes for size in sizes]),
        Line.through(
            [size.rows for size in compacted], [size.compacting_bytes or 0 for size in compacted]
        ),
        *loads,
    )


def print_costs(costs: Costs, sizes: Sequence[Measured], json_lines: bool) -> None:
    """The lines, and how far the measured latencies lie off them."""
    lines = (
        ("1 query", costs.one_query, "one_ms"),
        (f"{TOGETHER} queries", costs.together, "together_ms"),
    )
    for case, line, measured in lines:
        Figure(f"{case}: fixed", line.fixed, "ms", len(sizes)).print(json_lines)
        Figure(f"{case}: a million rows", line.each * 1e6, "ms", len(sizes)).print(json_lines)
        off = max(abs(line.at(size.rows) / getattr(size, measured)[0] - 1) for size in sizes)
        Figure(f"{case}: farthest off the line", off, "share", len(sizes)).print(json_lines)
        least = sizes[0]
        by_shards = Line.through(SHARDS, getattr(least, measured))
        case = f"{case}: each further shard, at {least.rows} rows"
        Figure(case, by_shards.each, "ms", len(SHARDS)).print(json_lines)
    scanned_gb_s = SCANNED_BYTES / costs.one_query.each / 1e6
    Figure("1 query reads", scanned_gb_s, "GB/s", len(sizes)).print(json_lines)
    for case, line in (("resting", costs.resting), ("compacting", costs.compacting)):
        Figure(f"memory of a million rows, {case}", line.each / 1e3, "GB", len(sizes)).print(
            json_lines
        )
    for case, seconds in (("own", costs.load_own_s), ("other", costs.load_other_s)):
        Figure(f"load a million rows, {case}", seconds * 1e6, "s", len(SHARDS)).print(json_lines)


def measure(sizes: Sequence[int], machines: Sequence[Machine], repeats: int, as_json: bool) -> None:
    """Measure all sizes, and print what `PRODUCTS` need of each kind of machine."""
    loads = measure_loads(sizes[0], as_json)
    measured = []
    for rows in sizes:
        measured.append(measured_apart(rows, repeats))
        print_size(measured[-1], repeats, as_json)
    fan_out(ExactIndex.build(drawn_features(1000, 3), Described(np.arange(1000)), 1), as_json)
    costs = fitted(measured, loads)
    print_costs(costs, measured, as_json)
    for machine in machines:
        kind = f"{PRODUCTS} products, {machine.cores} cores and {machine.memory_gb:g} GB"
        for case, value, unit in needs(costs, machine, PRODUCTS):
            Figure(f"{kind}: {case}", value, unit, len(sizes)).print(as_json)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--max-rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--machine", action="append", type=Machine.parsed, help="CORESxGBxGB/S")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.size:
        print(json.dumps(asdict(measure_size(arguments.size, arguments.repeats))))
        return
    sizes = [rows for rows in SIZES if rows <= arguments.max_rows]
    if len(sizes) < 2:
        parser.error(f"a line takes two sizes: --max-rows of {SIZES[1]} at least")
    machines = arguments.machine or [Machine.parsed(text) for text in MACHINES]
    measure(sizes, machines, arguments.repeats, arguments.json)


if __name__ == "__main__":
    main()
