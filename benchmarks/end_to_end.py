"""Whole requests, beside the bare stages, a plain service and the predecessor's way.

    python -m benchmarks.end_to_end --data data --json

A street photo of the demo catalogue goes through the service of serve_config.yaml, over HTTP: one
client and one request at a time, then 16 clients. Beside it, with the same models, threads and
catalogue: the stages alone in this process (benchmarks/bare_stages.py), FastAPI and uvicorn with
everything in one process (benchmarks/plain_service.py; once more with rembg and torch as they
come), and a request as the service before this one answered it (benchmarks/predecessor.py). They
take turns in blocks, so that a machine that slows down slows all. Every request's photo is another
one (bytes after the picture's end), so that none is known; in the last case the same photo is asked
about with other filters.

The limit of the bare stages is the better of one photo after the other on all cores and as many
photos at once as there are cores, a core each.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.demo_service import as_the_service_runs, demo_config, running
from benchmarks.figures import Figure
from catalog.street_queries import StreetQuery, street_queries
from deployments.ports import free_port
from deployments.settings import ServiceArgs
from lookalike.contract.schemas import DEADLINE_HEADER
from lookalike.vision.crop import CropBoxPx

BLOCK: Final = 5
WARM_UP: Final = 3
CLIENTS: Final = 16
ROUNDS: Final = 3
PLAIN: Final = "FastAPI and uvicorn, one process"
USUAL: Final = "the same, rembg and torch as they come"
_NEVER_SEEN: Final = itertools.count()

Milliseconds = dict[str, float]
Call = Callable[[], Milliseconds]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--requests", type=int, default=20, help="of the one client")
    parser.add_argument("--predecessor", type=int, default=3, help="requests its way, 0 for none")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the 16 clients")
    arguments = parser.parse_args()
    as_the_service_runs()
    # Imported here: OpenMP reads its settings when torch is loaded.
    from benchmarks.bare_stages import BareStages

    config = demo_config(arguments.data)
    config["applications"][0]["args"]["gateway"]["max_in_flight"] = 2 * CLIENTS
    args = ServiceArgs(**config["applications"][0]["args"])
    query = street_queries(arguments.data / "street")[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = BareStages(args)
        service = stack.enter_context(running(config, folder)).url
        plain = stack.enter_context(plain_service(arguments.data))
        usual = stack.enter_context(plain_service(arguments.data, "--libraries-as-they-come"))
        urls = {"service": service, "plain": plain, "usual": usual}
        clients = [
            stack.enter_context(httpx.Client(base_url=url, timeout=60)) for url in urls.values()
        ]
        calls: dict[str, Call] = {
            name: lambda c=client: asked(c, query)
            for name, client in zip(urls, clients, strict=True)
        } | {
            "bare": lambda: bare.timed(query.photo.read_bytes(), CropBoxPx(*query.crop)),
            "known": lambda: asked(clients[0], query, known=True),
        }
        medians = medians_of_blocks(calls, arguments.requests)
        report_one_client(arguments, medians)
        rates = limits(args, query)
        taken: dict[str, list[float]] = {name: [] for name in urls}
        for name, url in list(urls.items()) * arguments.rounds:
            taken[name].append(asyncio.run(together(url, query)))
        rates |= {name: statistics.median(values) for name, values in taken.items()}
        report_many(arguments, rates)
        before_s = predecessor_s(args, query, folder, arguments.predecessor)
        if before_s is not None:
            Figure(
                "one client, median",
                medians["service"]["total"],
                "ms",
                arguments.requests,
                "the predecessor's way",
                before_s * 1e3,
            ).print(arguments.json)


def report_one_client(arguments: argparse.Namespace, medians: dict[str, Milliseconds]) -> None:
    """Print what one client sees."""
    n, service_ms = arguments.requests, medians["service"]["total"]
    for stage, taken_ms in medians["bare"].items():
        Figure(f"bare stage: {stage}", taken_ms, "ms", n).print(arguments.json)
    for reference, value in (
        ("sum of the bare stages", medians["bare"]["total"]),
        (PLAIN, medians["plain"]["total"]),
        (USUAL, medians["usual"]["total"]),
    ):
        Figure("one client, median", service_ms, "ms", n, reference, value).print(arguments.json)
    Figure(
        "a known photo, another filter; one client, median",
        medians["known"]["total"],
        "ms",
        n,
        "a photo that is not known",
        service_ms,
    ).print(arguments.json)


def report_many(arguments: argparse.Namespace, rates: dict[str, float]) -> None:
    """Print what 16 clients get."""
    ways = [name for name in rates if name.startswith("bare")]
    compared = [(name.replace("bare", "bare stages"), rates[name]) for name in ways]
    compared += [
        ("limit of the bare stages", max(rates[name] for name in ways)),
        (PLAIN, rates["plain"]),
        (USUAL, rates["usual"]),
    ]
    n = arguments.rounds * 2 * CLIENTS
    for reference, value in compared:
        Figure(f"{CLIENTS} clients", rates["service"], "rps", n, reference, value).print(
            arguments.json
        )


@contextmanager
def plain_service(data: Path, *options: str) -> Iterator[str]:
    """The plain service as a process of its own; its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.plain_service"]
    process = subprocess.Popen([*command, "--data", str(data), "--port", str(port), *options])
    url = f"http://127.0.0.1:{port}"
    try:
        transport = httpx.HTTPTransport(retries=10)  # seconds, each time twice as many
        with httpx.Client(transport=transport) as client:
            client.get(f"{url}/readyz").raise_for_status()
        yield url
    finally:
        process.terminate()
        process.wait()


def upload(query: StreetQuery, *, known: bool = False) -> dict[str, Any]:
    """A request's parts; the photo was never sent before unless `known`."""
    x, y, width, height = query.crop
    params: dict[str, Any] = {"crop": {"x": x, "y": y, "width": width, "height": height}}
    photo, number = query.photo.read_bytes(), next(_NEVER_SEEN)
    if known:
        params["max_price"] = 20 + number % 50
    else:
        photo += f"{time.time_ns()}-{number}".encode()
    return {
        "files": {"image": photo},
        "data": {"params": json.dumps(params)},
        "headers": {DEADLINE_HEADER: "60"},  # a slow machine is measured as well
    }


def asked(client: httpx.Client, query: StreetQuery, *, known: bool = False) -> Milliseconds:
    """Ask for the products like those in the query's crop."""
    parts = upload(query, known=known)
    started = time.perf_counter()
    client.post("/v1/recommend", **parts).raise_for_status()
    return {"total": (time.perf_counter() - started) * 1e3}


async def together(url: str, query: StreetQuery) -> float:
    """Requests a second of 16 clients, each asking again when it is answered."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def one(requests: int) -> None:
            for _ in range(requests):
                (await client.post("/v1/recommend", **upload(query))).raise_for_status()

        await asyncio.gather(*(one(1) for _ in range(CLIENTS)))
        started = time.perf_counter()
        await asyncio.gather(*(one(2) for _ in range(CLIENTS)))
        return 2 * CLIENTS / (time.perf_counter() - started)


def limits(args: ServiceArgs, query: StreetQuery) -> dict[str, float]:
    """Photos a second of the bare stages, in both ways to share the cores."""
    import os

    from benchmarks.bare_stages import BareStages, photos_a_second

    cores = len(os.sched_getaffinity(0))
    photo, box = query.photo.read_bytes(), CropBoxPx(*query.crop)
    ways = {"bare, in turn": (None, 1), "bare, a core each": (1, cores)}
    return {
        name: photos_a_second(
            BareStages(args, threads=threads, at_once=at_once),
            photo,
            box,
            at_once,
            24,
        )
        for name, (threads, at_once) in ways.items()
    }


def predecessor_s(
    args: ServiceArgs, query: StreetQuery, folder: Path, requests: int
) -> float | None:
    """Median seconds of the predecessor's way, called without HTTP."""
    from benchmarks import predecessor

    if not requests:
        return None
    features = folder / "features.csv"
    predecessor.write_features(features)
    taken = []
    for _ in range(requests):
        started = time.perf_counter()
        predecessor.recommend(args, features, query.photo.read_bytes(), CropBoxPx(*query.crop))
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def medians_of_blocks(calls: dict[str, Call], requests: int) -> dict[str, Milliseconds]:
    """Median of each part of each call; the calls take turns in blocks of `BLOCK`."""
    taken: dict[str, list[Milliseconds]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(WARM_UP):
            call()
    while any(len(times) < requests for times in taken.values()):
        for name, call in calls.items():
            taken[name] += [call() for _ in range(min(BLOCK, requests - len(taken[name])))]
    return {
        name: {part: statistics.median(t[part] for t in times) for part in times[0]}
        for name, times in taken.items()
    }


if __name__ == "__main__":
    main()
