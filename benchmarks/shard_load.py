"""Loading a shard from the store: seconds, and by how much the process grows at the most.

    python -m benchmarks.shard_load --rows 500000 --json

Draws a store of that many products first, with titles, addresses and attributes of usual length,
unless `--store` names one that was drawn before. The load runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from benchmarks.figures import Figure
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
        store.put_products(_products(rows))
        for first in range(0, rows, _BLOCK):
            vectors = drawn_features(min(_BLOCK, rows - first), seed=first)
            store.put_features(
                _MODEL,
                (
                    FeatureRow(f"p{first + i:08d}", f"{first + i:064x}.jpg", vector)
                    for i, vector in enumerate(vectors)
                ),
            )


def _products(rows: int) -> Iterator[Product]:
    for i in range(rows):
        yield Product(
            id=f"p{i:08d}",
            title=f"Drawn garment number {i} in a colour of the season",
            brand=f"brand {i * 7 % 50}",
            category=CATEGORIES[i % len(CATEGORIES)],
            price_minor=100 + i * 7919 % 9900,
            currency="EUR",
            item_url=f"https://shop.example/products/p{i:08d}",
            image_key=f"{i:064x}.jpg",
            attributes={"colour": "red", "fit": "slim"},
        )


def load(url: str) -> None:
    """Load the only shard and print rows, seconds and bytes of growth; for a fresh process."""
    import catalog.shard_loading  # noqa: F401
    from catalog.index.choice import row_matrix

    row_matrix(0)  # what a process pays once is not the shard's
    before = psutil.Process().memory_info().rss
    with open_store(url, create=False) as store:
        start = time.perf_counter()
        index = store.read_shard(0, 1, _MODEL).index()
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps([len(index), seconds, peak - before]))


def measure(url: str, json_lines: bool) -> None:
    """Load it in another process and print the figures."""
    command = [sys.executable, "-m", "benchmarks.shard_load", "--load", url]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    rows, seconds, grown = json.loads(output)
    Figure("load a shard from the store", seconds, "s", rows, "goal for 500,000 rows", 12).print(
        json_lines
    )
    Figure(
        "most memory while it loads",
        grown / 1e6,
        "MB",
        rows,
        "the float16 rows",
        rows * _FLOAT16_BYTES / 1e6,
    ).print(json_lines)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--store", help="URL of a store that was drawn before")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--load", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        load(arguments.load)
    elif arguments.store:
        measure(arguments.store, arguments.json)
    else:
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder) / 'catalog.sqlite'}"
            draw_store(url, arguments.rows)
            measure(url, arguments.json)


if __name__ == "__main__":
    main()
