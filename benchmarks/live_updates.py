"""How long a change of the catalogue takes, and until searches see it, under query load.

    python -m benchmarks.live_updates --data data --json

The service of serve_config.yaml runs on a copy of a demo catalogue while one client asks for
recommendations without a pause. Products are put with a new picture, get a new price and are
deleted; after each answer the product is asked for until its shard knows the change. What a
search costs meanwhile stands beside what it costs the same client while nothing changes.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from PIL import Image

from benchmarks.demo_service import as_the_service_runs, demo_config, running
from benchmarks.end_to_end import asked
from benchmarks.figures import Figure
from catalog.street_queries import StreetQuery, street_queries
from lookalike.contract.errors import NotFoundError

GOAL_MS: Final = 1000.0
PAUSE_S: Final = 0.01
"""Between two looks at a product: an error of this much in the time until it is seen."""
PATIENCE_S: Final = 30.0
"""After this a change is lost, not late."""
WARM_UP: Final = 5
LISTED: Final = {
    "title": "Benchmark dress",
    "category": "dress",
    "currency": "USD",
    "item_url": "https://shop.example/p/benchmark",
}

Milliseconds = list[float]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--products", type=int, default=25, help="put with a picture and deleted")
    parser.add_argument("--prices", type=int, default=100, help="changes of a price")
    arguments = parser.parse_args()
    as_the_service_runs()
    query = street_queries(arguments.data / "street")[0]
    with tempfile.TemporaryDirectory() as folder:
        data = copied(arguments.data, Path(folder) / "data")
        with (
            running(demo_config(data), Path(folder)) as service,
            httpx.Client(base_url=service.url, timeout=60) as client,
        ):
            calm = [asked(client, query)["total"] for _ in range(WARM_UP + arguments.products)]
            with query_load(service.url, query) as searches:
                taken = changes(client, query, arguments.products, arguments.prices)
    for kind, (answered, seen) in taken.items():
        told(f"{kind}: answer, change on disk", answered, arguments.json)
        told(f"{kind}: from the answer until seen", seen, arguments.json, GOAL_MS)
    Figure(
        "a search while products change, median",
        statistics.median(searches),
        "ms",
        len(searches),
        "while nothing changes",
        statistics.median(calm[WARM_UP:]),
    ).print(arguments.json)


def told(case: str, taken: Milliseconds, json_lines: bool, goal_ms: float | None = None) -> None:
    """Print the median and the 99th percentile."""
    for name, percentile in (("median", 50), ("p99", 99)):
        Figure(
            f"{case}, {name}",
            float(np.percentile(taken, percentile)),
            "ms",
            len(taken),
            None if goal_ms is None else "the goal",
            goal_ms,
        ).print(json_lines)


def copied(source: Path, copy: Path) -> Path:
    """A copy of a catalogue's folder that may be changed."""
    shutil.copytree(source / "images", copy / "images")
    with (
        closing(sqlite3.connect(source / "catalog.sqlite")) as of,
        closing(sqlite3.connect(copy / "catalog.sqlite")) as to,
    ):
        of.backup(to)
    return copy


@contextmanager
def query_load(url: str, query: StreetQuery) -> Iterator[Milliseconds]:
    """One client that asks without a pause; the times of its searches, filled meanwhile.

    What ended it before its time is raised at the end.
    """
    stop = threading.Event()
    searches: Milliseconds = []

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not stop.is_set():
                searches.append(asked(client, query)["total"])

    with ThreadPoolExecutor(1) as load:
        asking = load.submit(ask)
        try:
            yield searches
        finally:
            stop.set()
    asking.result()


def changes(
    client: httpx.Client, query: StreetQuery, products: int, prices: int
) -> dict[str, tuple[Milliseconds, Milliseconds]]:
    """By kind of change: times of the answers, and from each answer until the change is seen."""
    taken: dict[str, tuple[Milliseconds, Milliseconds]] = {
        kind: ([], []) for kind in ("new product", "new price", "deletion")
    }
    ids = [f"benchmark-{n}" for n in range(products)]
    for n, product_id in enumerate(ids):
        files = {"image": unlike(query.photo.read_bytes(), n), **form(price=1000)}
        timed(client, "PUT", product_id, 1000, taken["new product"], files=files)
    for n in range(prices):
        timed(client, "PUT", ids[n % products], n, taken["new price"], files=form(price=n))
    for product_id in ids:
        timed(client, "DELETE", product_id, None, taken["deletion"])
    return taken


def timed(
    client: httpx.Client,
    method: str,
    product_id: str,
    price: int | None,
    taken: tuple[Milliseconds, Milliseconds],
    patience_s: float = PATIENCE_S,
    **content: Any,
) -> None:
    """Make one change and wait until it is seen: its price, None for gone.

    Raises:
        HTTPStatusError: the service failed.
        TimeoutError: it was not seen within `patience_s`.
    """
    path = f"/v1/products/{product_id}"
    started = time.perf_counter()
    client.request(method, path, **content).raise_for_status()
    answered = time.perf_counter()
    while listed_price(client, path) != price:
        if time.perf_counter() > answered + patience_s:
            raise TimeoutError(f"{method} {path} was not seen within {patience_s:.0f} s")
        time.sleep(PAUSE_S)
    taken[0].append((answered - started) * 1e3)
    taken[1].append((time.perf_counter() - answered) * 1e3)


def listed_price(client: httpx.Client, path: str) -> float | None:
    """A product's price, None where the service says that there is no such product."""
    answer = client.get(path)
    ours = answer.headers.get("Content-Type") == "application/json"  # Ray Serve has a 404 as well
    if ours and answer.json().get("error", {}).get("code") == NotFoundError.code:
        return None
    price: float = answer.raise_for_status().json()["price"]
    return price


def form(price: int) -> dict[str, Any]:
    """The parameters as a part of a form."""
    return {"params": (None, json.dumps({**LISTED, "price": price}))}


def unlike(photo: bytes, n: int) -> bytes:
    """The photo with one pixel set: another picture to the service."""
    with Image.open(io.BytesIO(photo)) as picture:
        changed = picture.convert("RGB")
    changed.putpixel((0, 0), (n % 256, 0, 0))
    encoded = io.BytesIO()
    changed.save(encoded, "PNG")
    return encoded.getvalue()


if __name__ == "__main__":
    main()
