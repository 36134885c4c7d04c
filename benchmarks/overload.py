"""Ten times more requests over HTTP than may be at work, for a minute, and the time after it.

    python -m benchmarks.overload --data data --json

Askers as many as ten times `max_in_flight`, on connections that they keep. They come within a
second; a refused one asks again after the seconds that `Retry-After` says and up to half as many
more, as people do: a herd that comes at once waits in its own line. Before and after, a few clients
measure the full speed: what ends from five seconds after the overload on.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiohttp

from benchmarks.demo_service import demo_config
from benchmarks.figures import Figure
from benchmarks.footprint import footprint
from catalog.street_queries import street_queries
from deployments.local_service import LocalService
from lookalike.contract.schemas import DEADLINE_HEADER

TIMES_CAPACITY: Final = 10
DEADLINE_S: Final = 10.0
REFUSED_WITHIN_MS: Final = 100.0
FEW: Final = 4
COME_WITHIN_S: Final = 1.0
LONGER_AT_MOST: Final = 0.5
"""Of the time that `Retry-After` says."""
FULL_SPEED_WITHIN_S: Final = 5.0
"""After the overload's last answer; before it, so long is left for the clients to have come."""
FULL_SPEED_S: Final = 15.0
"""How long full speed is measured from then on, before and after."""

Ask = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Seen:
    """Seconds that each request took, by how it ended."""

    accepted_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)
    ended_s: list[float] = field(default_factory=list)
    """When accepted ones ended, since the first of all began."""

    def ended_between(self, begin_s: float, end_s: float) -> int:
        """Accepted ones that ended in that time."""
        return sum(begin_s <= ended < end_s for ended in self.ended_s)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the overload lasts")
    arguments = parser.parse_args()
    config = demo_config(arguments.data, photo_cache=False)
    capacity = config["applications"][0]["args"]["gateway"]["max_in_flight"]
    photo = street_queries(arguments.data / "street")[0].photo.read_bytes()
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalService(config, Path(folder) / "serve.log", port=0) as service,
    ):
        service.wait_ready()
        few_s = FULL_SPEED_WITHIN_S + FULL_SPEED_S
        asyncio.run(_for(service.url, photo, FEW, FULL_SPEED_WITHIN_S))  # loaded at first use
        memory = _memory_mb(service)
        before = asyncio.run(_for(service.url, photo, FEW, few_s))
        seen = asyncio.run(_for(service.url, photo, TIMES_CAPACITY * capacity, arguments.seconds))
        after = asyncio.run(_for(service.url, photo, FEW, few_s))
        grown = _memory_mb(service) - memory
    _print(before, seen, after, memory, grown, arguments.json)


async def _for(url: str, photo: bytes, askers: int, seconds: float) -> Seen:
    """Ask so many at once for so long; those that wait at the end are waited for."""
    seen, chance, began = Seen(), random.Random(0), time.monotonic()
    until = began + seconds
    connector = aiohttp.TCPConnector(limit=askers)
    headers = {DEADLINE_HEADER: str(DEADLINE_S)}
    async with aiohttp.ClientSession(url, connector=connector, headers=headers) as client:

        async def asker() -> None:
            await asyncio.sleep(chance.uniform(0, COME_WITHIN_S))
            while time.monotonic() < until:
                pause_s = await _once(client, photo, seen, began)
                await asyncio.sleep(pause_s * chance.uniform(1, 1 + LONGER_AT_MOST))

        await asyncio.gather(*(asker() for _ in range(askers)))
    return seen


async def _once(client: aiohttp.ClientSession, photo: bytes, seen: Seen, began: float) -> float:
    """Ask; the seconds to wait before the next time."""
    form = aiohttp.FormData()
    form.add_field("image", photo, filename="photo.jpg")
    started = time.perf_counter()
    try:
        async with client.post("/v1/recommend", data=form) as reply:
            await reply.read()
            took = time.perf_counter() - started
    except aiohttp.ClientError as error:
        seen.others[type(error).__name__] += 1
        return 1.0
    if reply.status == 200:
        seen.accepted_s.append(took)
        seen.ended_s.append(time.monotonic() - began)
        return 0.0
    if reply.status == 429:
        seen.refused_s.append(took)
        return float(reply.headers.get("Retry-After", 1))
    seen.others[str(reply.status)] += 1
    return 0.0


def _memory_mb(service: LocalService) -> float:
    """Memory of the service, shared pages counted once."""
    return sum(sizes["PSS"] for _, sizes in footprint(service))


def _print(
    before: Seen, seen: Seen, after: Seen, memory: float, grown: float, as_json: bool
) -> None:
    accepted, refused = sorted(seen.accepted_s), sorted(seen.refused_s)
    measured = (FULL_SPEED_WITHIN_S, FULL_SPEED_WITHIN_S + FULL_SPEED_S)
    ended = [phase.ended_between(*measured) for phase in (before, after)]
    rates = [count / FULL_SPEED_S for count in ended]
    figures = [
        Figure("accepted, slowest", accepted[-1], "s", len(accepted), "deadline", DEADLINE_S),
        Figure(
            f"neither accepted nor refused ({dict(seen.others)})",
            sum(seen.others.values()),
            "",
            len(accepted) + len(refused),
        ),
        Figure("memory, growth", grown, "MB", 1, "before", memory),
        Figure(
            f"full speed from {FULL_SPEED_WITHIN_S:g} s afterwards on",
            *(rates[1], "rps", ended[1], "before", rates[0]),
        ),
    ]
    for part, name in ((0.5, "median"), (0.99, "99 of 100"), (1.0, "slowest")):
        with contextlib.suppress(IndexError):  # none was refused
            took = refused[min(int(part * len(refused)), len(refused) - 1)] * 1e3
            goal = REFUSED_WITHIN_MS
            figures.append(Figure(f"refused, {name}", took, "ms", len(refused), "goal", goal))
    for figure in figures:
        figure.print(as_json)


if __name__ == "__main__":
    main()
