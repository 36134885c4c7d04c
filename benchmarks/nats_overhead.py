"""What a request over NATS costs beside one over HTTP, through stages that do nothing.

    python -m benchmarks.nats_overhead --json

Starts the service of serve_config.yaml with empty stages once, and asks it over both doors in
turns: client -> nats-server -> worker -> handles and back, beside client -> HAProxy -> gateway ->
handles and back. One client by itself, then 16 at once.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp
import nats
import yaml

from benchmarks.empty_stages import with_empty_stages
from benchmarks.figures import Figure
from benchmarks.serve_overhead import CLIENTS, MANY, ONE, SHARDS, upload_of_a_photo
from benchmarks.sharded import in_shards
from catalog.store import open_store
from deployments.local_service import LocalService
from lookalike.contract import subjects

WARM_UP: Final = 50
_ROUNDS: Final = 5
Ask = Callable[[], Awaitable[None]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--requests", type=int, default=200, help="of the one client, a door")
    arguments = parser.parse_args()
    served = in_shards(yaml.safe_load(Path("serve_config.yaml").read_text()), SHARDS)
    config = with_empty_stages(served, workers=True)
    with tempfile.TemporaryDirectory() as folder:
        store_url = f"sqlite:///{Path(folder) / 'catalog.sqlite'}"
        open_store(store_url).close()  # workers ask it for the model, whatever the stages are
        for application in config["applications"]:
            args = application["args"]
            args["catalog"] = {**args["catalog"], "store_url": store_url}
            if "nats" in args:  # as many as the clients, so that none is refused
                args["nats"]["max_in_flight"] = 2 * CLIENTS
        with LocalService(config, Path(folder) / "serve.log", port=0) as service:
            service.wait_ready()
            measured = asyncio.run(_measure(service, arguments.requests))
    for case, unit in ((ONE, "ms"), (MANY, "rps")):
        Figure(
            case=f"NATS, empty stages: {case}",
            value=measured["NATS"][case],
            unit=unit,
            n=counted(arguments.requests)[case],
            reference="HTTP, same run",
            reference_value=measured["HTTP"][case],
        ).print(arguments.json)


def counted(requests: int) -> dict[str, int]:
    """How many requests each case measures of a door, where the one client asks so often."""
    return {ONE: requests, MANY: CLIENTS * _ROUNDS * _each(requests)}


def _each(requests: int) -> int:
    """How often each of the 16 clients asks in a round."""
    return max(requests // (4 * _ROUNDS), 1)


async def _measure(service: LocalService, requests: int) -> dict[str, dict[str, float]]:
    photo, body, headers = upload_of_a_photo()
    connection = await nats.connect(service.nats_url or "")
    async with aiohttp.ClientSession(headers=headers) as session:

        async def over_http() -> None:
            async with session.post(f"{service.url}/v1/recommend", data=body) as reply:
                reply.raise_for_status()
                await reply.read()

        async def over_nats() -> None:
            reply = await connection.request(subjects.RECOMMEND, photo, timeout=30)
            if reply.headers and subjects.ERROR_CODE_HEADER in reply.headers:
                raise RuntimeError(reply.headers[subjects.ERROR_HEADER])

        doors: dict[str, Ask] = {"HTTP": over_http, "NATS": over_nats}
        measured = await in_turns(doors, requests)
    await connection.close()
    return measured


async def in_turns(doors: dict[str, Ask], requests: int) -> dict[str, dict[str, float]]:
    """The doors take turns, so that a machine that slows down slows both."""
    alone: dict[str, list[float]] = {door: [] for door in doors}
    for number in range(WARM_UP + requests):
        for door, ask in doors.items():
            started = time.perf_counter()
            await ask()
            if number >= WARM_UP:
                alone[door].append(time.perf_counter() - started)
    together: dict[str, list[float]] = {door: [] for door in doors}
    for _ in range(_ROUNDS):
        for door, ask in doors.items():
            together[door].append(await _rate(ask, _each(requests)))
    return {
        door: {
            ONE: statistics.median(alone[door]) * 1e3,
            MANY: statistics.median(together[door]),
        }
        for door in doors
    }


async def _rate(ask: Ask, times: int) -> float:
    async def one_of_many() -> None:
        for _ in range(times):
            await ask()

    started = time.perf_counter()
    await asyncio.gather(*(one_of_many() for _ in range(CLIENTS)))
    return CLIENTS * times / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
