"""More requests over NATS than two workers may have at work: who is answered, who is refused.

    python -m benchmarks.nats_overload --data data --json

Starts the real service with two worker replicas of 4 requests each, and asks it with 32 requesters
at once, four times its capacity. Refused ones ask again a little later, as a client would.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import nats
import psutil
from nats.aio.client import Client

from benchmarks.demo_service import demo_config
from benchmarks.figures import Figure
from catalog.street_queries import street_queries
from deployments.local_service import LocalService
from lookalike.contract import subjects
from lookalike.contract.schemas import DEADLINE_HEADER

REQUESTERS: Final = 32
REPLICAS: Final = 2
EACH: Final = 4
DEADLINE_S: Final = 10.0
REFUSED_WITHIN_MS: Final = 100.0
_ASK_AGAIN_AFTER_S: Final = 0.25


@dataclass(slots=True)
class Seen:
    """Seconds that each request took, by how it ended."""

    accepted_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to ask")
    arguments = parser.parse_args()
    config = demo_config(arguments.data, photo_cache=False)
    workers = config["applications"][-1]
    workers["args"] = {**workers["args"], "nats": {"max_in_flight": EACH}}
    workers["deployments"][0]["num_replicas"] = REPLICAS
    photo = street_queries(arguments.data / "street")[0].photo.read_bytes()
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalService(config, Path(folder) / "serve.log", port=0) as service,
    ):
        service.wait_ready()
        asyncio.run(_ask(service, photo, 5.0))  # what is loaded at first use is not growth
        before = _memory_mb(service)
        seen, shares = asyncio.run(_ask(service, photo, arguments.seconds))
        grown = _memory_mb(service) - before
    _print(seen, shares, before, grown, arguments.json)


async def _ask(service: LocalService, photo: bytes, seconds: float) -> tuple[Seen, list[int]]:
    connection = await nats.connect(service.nats_url or "")
    before = await _answered(connection)
    seen, until = Seen(), time.monotonic() + seconds

    async def requester() -> None:
        while time.monotonic() < until:
            started = time.perf_counter()
            reply = await connection.request(
                subjects.RECOMMEND,
                photo,
                timeout=DEADLINE_S + 5,
                headers={DEADLINE_HEADER: str(DEADLINE_S)},
            )
            took, status = time.perf_counter() - started, _status(reply.headers)
            match status:
                case "200":
                    seen.accepted_s.append(took)
                case "429":
                    seen.refused_s.append(took)
                    await asyncio.sleep(_ASK_AGAIN_AFTER_S)
                case other:
                    seen.others[other] += 1

    await asyncio.gather(*(requester() for _ in range(REQUESTERS)))
    after = await _answered(connection)
    await connection.close()
    return seen, [after[worker] - before.get(worker, 0) for worker in after]


async def _answered(connection: Client) -> dict[str, int]:
    """What each worker has answered without an error, by its id."""
    inbox = connection.new_inbox()
    answers = await connection.subscribe(inbox)
    await connection.publish("$SRV.STATS.lookalike", reply=inbox)
    told = [json.loads((await answers.next_msg(5)).data) for _ in range(REPLICAS)]
    await answers.unsubscribe()
    return {worker["id"]: sum(_served(e) for e in worker["endpoints"]) for worker in told}


def _served(endpoint: dict[str, Any]) -> int:
    return int(endpoint["num_requests"]) - int(endpoint["num_errors"])


def _status(headers: dict[str, str] | None) -> str:
    return (headers or {}).get(subjects.ERROR_CODE_HEADER, "200")


def _memory_mb(service: LocalService) -> float:
    """Resident memory of the workers."""
    titles: list[psutil.Process] = [p for p in service.processes() if "worker" in _title(p)]
    return sum(process.memory_info().rss for process in titles) / 1e6


def _title(process: psutil.Process) -> str:
    title = " ".join(process.cmdline())
    return title if title.startswith("ray::ServeReplica") else ""


def _print(seen: Seen, shares: list[int], before: float, grown: float, as_json: bool) -> None:
    accepted, refused = sorted(seen.accepted_s), sorted(seen.refused_s)
    figures = [
        Figure("accepted, slowest", accepted[-1], "s", len(accepted), "deadline", DEADLINE_S),
        Figure("neither answered nor refused", sum(seen.others.values()), "", len(accepted)),
        Figure("busier worker's share", max(shares) / sum(shares) * 100, "%", sum(shares)),
        Figure("workers' memory, growth", grown, "MB", REPLICAS, "before", before),
    ]
    for part, name in ((0.5, "median"), (0.99, "99 of 100"), (1.0, "slowest")):
        took = refused[min(int(part * len(refused)), len(refused) - 1)] * 1e3
        figures.append(
            Figure(f"refused, {name}", took, "ms", len(refused), "goal", REFUSED_WITHIN_MS)
        )
    for figure in figures:
        figure.print(as_json)


if __name__ == "__main__":
    main()
