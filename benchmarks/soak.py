"""Mixed load for half an hour: does memory, do handles, does latency grow?

    python -m benchmarks.soak --data data --minutes 30 --json

Searches over HTTP and NATS, "more like this", and changes of the catalogue (prices, new products,
deletions), all at once; `--pause` seconds, on average, between a client's searches leave room for
other work. The catalogue is a copy. What it is at the end is compared with what it was after the
first tenth of the time, when all that is loaded at first use was loaded.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

import psutil

from benchmarks.demo_service import demo_config
from benchmarks.figures import Figure
from benchmarks.footprint import footprint
from catalog.street_queries import StreetQuery, street_queries
from deployments.local_service import LocalService
from lookalike.client import HttpSearchClient, SearchClient, client_for
from lookalike.contract.errors import LookalikeError
from lookalike.contract.listing import PutProductParams
from lookalike.contract.schemas import Crop, RecommendParams, SearchParams

DEADLINE_S: Final = 20.0
SAMPLES: Final = 10
"""So often memory and handles are counted."""


@dataclass(slots=True)
class Sample:
    """The service at one moment."""

    memory_mb: float
    handles: int


@dataclass(frozen=True, slots=True)
class Searched:
    """A search and its likes: when it was sent, what both took, what each stage of both took."""

    sent_s: float
    total_ms: float
    stages_ms: Mapping[str, float]


@dataclass(slots=True)
class Seen:
    """Each search that was answered, the changes that were made, and the errors."""

    searches: list[Searched] = field(default_factory=list)
    changes: int = 0
    errors: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--minutes", type=float, default=30.0, help="how long")
    parser.add_argument(
        "--pause", type=float, default=0.0, help="seconds after a search, on average"
    )
    parser.add_argument("--change-every", type=float, default=0.5, help="seconds after each change")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(arguments.data, data)
        log = Path(folder) / "serve.log"
        with LocalService(demo_config(data, photo_cache=False), log, port=0) as service:
            service.wait_ready()
            queries = street_queries(data / "street")
            seen, samples = asyncio.run(
                _soak(
                    service,
                    queries,
                    arguments.minutes * 60,
                    arguments.pause,
                    arguments.change_every,
                )
            )
    _print(seen, samples, arguments.json)


async def _soak(
    service: LocalService,
    queries: list[StreetQuery],
    seconds: float,
    pause_s: float,
    change_every_s: float,
) -> tuple[Seen, list[Sample]]:
    seen, samples = Seen(), []
    assert service.nats_url is not None
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for url in (service.url, service.nats_url):
            group.create_task(_search(url, queries, seen, until, pause_s))
        group.create_task(_change(service.url, queries, seen, until, change_every_s))
        for number in range(SAMPLES):
            await asyncio.sleep(
                max(0.0, until - seconds * (1 - (number + 1) / SAMPLES) - time.monotonic())
            )
            samples.append(await asyncio.to_thread(_sample, service))
    return seen, samples


async def _search(
    url: str, queries: list[StreetQuery], seen: Seen, until: float, pause_s: float
) -> None:
    pauses = random.Random(url.partition(":")[0])
    async with client_for(url, deadline_s=DEADLINE_S) as client:
        for query in itertools.cycle(queries):
            if time.monotonic() > until:
                return
            await _told(seen, _searched(client, query, seen))
            # Drawn: after pauses of one length two clients may fall into step, and each search then
            # waits for another.
            await asyncio.sleep(pause_s * pauses.uniform(0.5, 1.5))


async def _searched(client: SearchClient, query: StreetQuery, seen: Seen) -> None:
    x, y, width, height = query.crop
    crop = Crop(x=x, y=y, width=width, height=height)
    sent = time.monotonic()
    reply = await client.recommend(query.photo.read_bytes(), RecommendParams(crop=crop))
    stages = dict(reply.timings_ms)
    if reply.hits:
        likes = await client.similar(reply.hits[0].product.id, SearchParams(k=5))
        stages |= {f"likes {stage}": ms for stage, ms in likes.timings_ms.items()}
    seen.searches.append(Searched(sent, (time.monotonic() - sent) * 1e3, stages))


async def _change(
    url: str, queries: list[StreetQuery], seen: Seen, until: float, every_s: float
) -> None:
    """New products, new prices for them, deletions, in turn."""
    async with HttpSearchClient(url, deadline_s=DEADLINE_S) as client:
        for number in itertools.count():
            if time.monotonic() > until:
                return
            query, product = queries[number // 4 % len(queries)], f"soak-{number // 4 % 50}"
            listed = PutProductParams(
                title="Soak",
                category=query.category,
                currency="USD",
                price=Decimal(10 + number % 90),
                item_url="https://shop.example/soak",
            )
            match number % 4:
                case 0:
                    photo = query.photo.read_bytes()
                    done = await _told(seen, client.put_product(product, listed, photo))
                case 3:
                    done = await _told(seen, client.delete_product(product))
                case _:
                    done = await _told(seen, client.put_product(product, listed))
            seen.changes += done
            await asyncio.sleep(every_s)


async def _told(seen: Seen, asked: Awaitable[object]) -> bool:
    try:
        await asked
    except LookalikeError as error:
        seen.errors[error.code] += 1
        return False
    return True


def _sample(service: LocalService) -> Sample:
    handles = 0
    for process in service.processes():
        with contextlib.suppress(psutil.Error):
            handles += process.num_fds()
    return Sample(sum(sizes["PSS"] for _, sizes in footprint(service)), handles)


def _print(seen: Seen, samples: list[Sample], as_json: bool) -> None:
    first, last = samples[0], samples[-1]
    ordered = sorted(seen.searches, key=lambda search: search.sent_s)
    count = len(ordered)
    tenths = [
        ordered[part * count // SAMPLES : (part + 1) * count // SAMPLES] for part in range(SAMPLES)
    ]
    for figure in (
        Figure("memory at the end", last.memory_mb, "MB", SAMPLES, "early", first.memory_mb),
        Figure(
            "handles at the end",
            last.handles,
            "",
            SAMPLES,
            "early",
            first.handles,
            less_is_better=True,
        ),
        *_latencies([tenth for tenth in tenths if tenth]),
        Figure("searches", count, "", count),
        Figure("changes of the catalogue", seen.changes, "", seen.changes),
        Figure(f"errors ({dict(seen.errors)})", sum(seen.errors.values()), "", count),
    ):
        figure.print(as_json)


def _latencies(tenths: list[list[Searched]]) -> list[Figure]:
    """Medians of every tenth of the searches, each beside the second's; of the last by stage.

    The first has what is loaded at first use in it.
    """
    early, late = tenths[min(1, len(tenths) - 1)], tenths[-1]
    expected = statistics.median(search.total_ms for search in early)
    figures = [
        Figure(
            f"a search and its likes, tenth {number}",
            statistics.median(search.total_ms for search in tenth),
            "ms",
            len(tenth),
            "tenth 2",
            expected,
        )
        for number, tenth in enumerate(tenths, start=1)
    ]
    for stage in sorted(set.intersection(*(set(search.stages_ms) for search in early + late))):
        at_first, at_last = (
            statistics.median(search.stages_ms[stage] for search in tenth)
            for tenth in (early, late)
        )
        figures.append(
            Figure(f"{stage}, tenth {len(tenths)}", at_last, "ms", len(late), "tenth 2", at_first)
        )
    return figures


if __name__ == "__main__":
    main()
