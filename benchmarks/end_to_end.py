"""Whole requests, beside the bare stages, a plain service and the predecessor's way.

    python -m benchmarks.end_to_end --data data --json

A street photo of the demo catalogue goes through the service of serve_config.yaml, over HTTP: one
client and one request at a time, then 16 clients. Beside it, with the same models, threads and
catalogue: the stages alone in this process (benchmarks/bare_stages.py), FastAPI and uvicorn with
everything in one process (benchmarks/plain_service.py; once more with background removal in one
session on all cores, and with rembg and torch as they come), and a request as the service before
this one answered it (benchmarks/predecessor.py). All but the last take turns, so that a machine
that slows down slows all: in blocks of one client's requests, and in `--rounds` of 32 photos each.
While others have their turn the service idles beside them, which takes a tenth of two cores
(benchmarks/idle.py). Every request's photo is another one (bytes after the picture's end), so that
none is known; in the last case the same photo is asked about with other filters.

The limit of the bare stages is the better of two ways, each through all rounds: one photo after the
other on all cores, and as many photos at once as there are cores, each on a core with models of its
own.
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
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx

from benchmarks.demo_service import as_the_service_runs, demo_config, running
from benchmarks.figures import Figure
from catalog.street_queries import StreetQuery, street_queries
from deployments.ports import free_port
from deployments.settings import ServiceArgs
from lookalike.contract.schemas import DEADLINE_HEADER
from lookalike.processors import usable_processors
from lookalike.vision.crop import CropBoxPx

if TYPE_CHECKING:
    from benchmarks.bare_stages import BareStages

BLOCK: Final = 5
WARM_UP: Final = 3
CLIENTS: Final = 16
PHOTOS: Final = 2 * CLIENTS
"""Of a round, for each that has its turn in it."""
ROUNDS: Final = 3
IN_TURN: Final = "bare stages, in turn"
A_CORE_EACH: Final = "bare stages, a core each"
PLAIN: Final = "FastAPI and uvicorn, one process"
ONE_AT_A_TIME: Final = "the same, background removal in one session on all cores"
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
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="of the 16 clients, and of the bare stages"
    )
    arguments = parser.parse_args()
    as_the_service_runs()
    config = demo_config(arguments.data)
    config["applications"][0]["args"]["gateway"]["max_in_flight"] = 2 * CLIENTS
    args = ServiceArgs(**config["applications"][0]["args"])
    query = street_queries(arguments.data / "street")[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = bare_ways(args)
        urls = {
            "service": stack.enter_context(running(config, folder)).url,
            "plain": stack.enter_context(plain_service(arguments.data)),
            "one": stack.enter_context(plain_service(arguments.data, "--one-photo-at-a-time")),
            "usual": stack.enter_context(plain_service(arguments.data, "--libraries-as-they-come")),
        }
        medians = one_client(urls, bare[IN_TURN][0], query, arguments.requests)
        report_one_client(arguments, medians)
        report_many(arguments, many_clients(urls, bare, query, arguments.rounds))
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


def bare_ways(args: ServiceArgs) -> dict[str, list[BareStages]]:
    """The stages that work side by side, by the way to share the cores."""
    # Imported here: OpenMP reads its settings when torch is loaded.
    from benchmarks.bare_stages import BareStages, on_one_core
    from catalog.index.threads import set_search_threads

    set_search_threads(args.catalog.threads)
    cores = usable_processors()
    return {
        IN_TURN: [BareStages(args)],
        A_CORE_EACH: [BareStages(on_one_core(args)) for _ in range(cores)],
    }


def one_client(
    urls: Mapping[str, str], bare: BareStages, query: StreetQuery, requests: int
) -> dict[str, Milliseconds]:
    """What one client sees of each, and what the bare stages take."""
    with ExitStack() as stack:
        clients = {
            name: stack.enter_context(httpx.Client(base_url=url, timeout=60))
            for name, url in urls.items()
        }
        calls: dict[str, Call] = {
            name: lambda c=client: asked(c, query) for name, client in clients.items()
        } | {
            "bare": lambda: bare.timed(query.photo.read_bytes(), CropBoxPx(*query.crop)),
            "known": lambda: asked(clients["service"], query, known=True),
        }
        return medians_of_blocks(calls, requests)


def many_clients(
    urls: Mapping[str, str],
    bare: Mapping[str, list[BareStages]],
    query: StreetQuery,
    rounds: int,
) -> dict[str, float]:
    """Requests a second of 16 clients from each, and photos a second of the bare stages."""
    from benchmarks.bare_stages import photos_a_second

    photo, box = query.photo.read_bytes(), CropBoxPx(*query.crop)
    rates: dict[str, Callable[[], float]] = {}
    for name, url in urls.items():
        rates[name] = partial(served_a_second, url, query)
    for way, workers in bare.items():
        rates[way] = partial(photos_a_second, workers, photo, box, PHOTOS)
    return in_rounds(rates, rounds)


def in_rounds(rates: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Median of each rate; all of them have a turn in each round."""
    taken: dict[str, list[float]] = {name: [] for name in rates}
    for _ in range(rounds):
        for name, rate in rates.items():
            taken[name].append(rate())
    return {name: statistics.median(values) for name, values in taken.items()}


def report_one_client(arguments: argparse.Namespace, medians: dict[str, Milliseconds]) -> None:
    """Print what one client sees."""
    n, service_ms = arguments.requests, medians["service"]["total"]
    for stage, taken_ms in medians["bare"].items():
        Figure(f"bare stage: {stage}", taken_ms, "ms", n).print(arguments.json)
    for reference, value in (
        ("sum of the bare stages", medians["bare"]["total"]),
        (PLAIN, medians["plain"]["total"]),
        (ONE_AT_A_TIME, medians["one"]["total"]),
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
    ways = (IN_TURN, A_CORE_EACH)
    compared = [(way, rates[way]) for way in ways]
    compared += [
        ("limit of the bare stages", max(rates[way] for way in ways)),
        (PLAIN, rates["plain"]),
        (ONE_AT_A_TIME, rates["one"]),
        (USUAL, rates["usual"]),
    ]
    n = arguments.rounds * PHOTOS
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


def served_a_second(url: str, query: StreetQuery) -> float:
    """Requests a second of 16 clients, each asking again when it is answered."""
    return asyncio.run(together(url, query))


async def together(url: str, query: StreetQuery) -> float:
    """`served_a_second`, on an event loop."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def one(requests: int) -> None:
            for _ in range(requests):
                (await client.post("/v1/recommend", **upload(query))).raise_for_status()

        await asyncio.gather(*(one(1) for _ in range(CLIENTS)))
        started = time.perf_counter()
        await asyncio.gather(*(one(PHOTOS // CLIENTS) for _ in range(CLIENTS)))
        return PHOTOS / (time.perf_counter() - started)


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
