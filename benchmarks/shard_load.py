"""Loading a shard from the store: seconds, and by how much the process grows at the most.

    python -m benchmarks.shard_load --rows 500000 --json

Draws a store of that many products first, with titles, addresses and attributes of usual length,
unless `--store` names one that was drawn before. The load runs in a process of its own. On Linux.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.memory import count_peak_anew, peak_bytes, resident_bytes
from catalog.records import FeatureRow
from catalog.store import open_store
from lookalike.contract.taxonomy import CATEGORIES
from lookalike.products import Product
from lookalike.search import FEATURE_DIM

_MODEL = "m"
_FLOAT16_BYTES = 2 * FEATURE_DIM
_BLOCK = 20_000


def draw_store(url: str, rows: int) -> None:
    """Fill a new store."""
    from benchmarks.topk import drawn_features

    with open_store(url) as store:
        store.put_products(described_product(i) for i in range(rows))
        for first in range(0, rows, _BLOCK):
            vectors = drawn_features(min(_BLOCK, rows - first), seed=first)
            store.put_features(
                _MODEL,
                (
                    FeatureRow(f"p{first + i:08d}", f"{first + i:064x}.jpg", vector)
                    for i, vector in enumerate(vectors)
                ),
            )


def described_product(number: int) -> Product:
    """A product whose title, addresses and attributes are of usual length."""
    return Product(
        id=f"p{number:08d}",
        title=f"Drawn garment number {number} in a colour of the season",
        brand=f"brand {number * 7 % 50}",
        category=CATEGORIES[number % len(CATEGORIES)],
        price_minor=100 + number * 7919 % 9900,
        currency="EUR",
        item_url=f"https://shop.example/products/p{number:08d}",
        image_key=f"{number:064x}.jpg",
        attributes={"colour": "red", "fit": "slim"},
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a shard took: `grown_bytes` is by how much the process grew at the most."""

    rows: int
    seconds: float
    grown_bytes: int


def load(url: str, shards: int) -> Loaded:
    """Load the first of `shards` shards; once in a process, which is to be a fresh one."""
    import catalog.shard_loading  # noqa: F401
    from catalog.index.choice import row_matrix

    row_matrix(0)  # what a process pays once is not the shard's
    before = resident_bytes()
    count_peak_anew()
    with open_store(url, create=False) as store:
        start = time.perf_counter()
        index = store.read_shard(0, shards, _MODEL).index()
        seconds = time.perf_counter() - start
    return Loaded(len(index), seconds, peak_bytes() - before)


def loaded_apart(url: str, shards: int = 1) -> Loaded:
    """`load` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.shard_load", "--load", url, "--of", str(shards)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Loaded(**json.loads(output))


def measure(url: str, json_lines: bool) -> None:
    """Load it in another process and print the figures."""
    loaded = loaded_apart(url)
    Figure(
        "load a shard from the store",
        loaded.seconds,
        "s",
        loaded.rows,
        "goal for 500,000 rows",
        12,
    ).print(json_lines)
    Figure(
        "most memory while it loads",
        loaded.grown_bytes / 1e6,
        "MB",
        loaded.rows,
        "the float16 rows",
        loaded.rows * _FLOAT16_BYTES / 1e6,
    ).print(json_lines)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--store", help="URL of a store that was drawn before")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--load", help=argparse.SUPPRESS)
    parser.add_argument("--of", type=int, default=1, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        print(json.dumps(asdict(load(arguments.load, arguments.of))))
    elif arguments.store:
        measure(arguments.store, arguments.json)
    else:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'catalog.sqlite'}"
            draw_store(url, arguments.rows)
            measure(url, arguments.json)


if __name__ == "__main__":
    main()
