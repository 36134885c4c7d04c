"""The NATS door of the real service: as HTTP answers, and through the death of any of its parts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil
import pytest

from catalog.street_queries import StreetQuery
from deployments.local_service import LocalService
from deployments.priority import STAGE_NICENESS
from lookalike.client import SearchClient, client_for
from lookalike.client.nats import NatsSearchClient
from lookalike.client.nats_jobs import NatsJobsClient
from lookalike.contract.errors import LookalikeError
from lookalike.contract.jobs import JobReply
from lookalike.contract.schemas import Crop, RecommendParams
from tests.functional.conformance.cases import CASES, Case
from tests.functional.conformance.doors import HttpDoor, NatsDoor
from tests.functional.conformance.test_conformance import alike, as_told
from tests.functional.nats_door import plain_client
from tests.integration.conftest import PATIENCE_S
from tests.integration.replicas import replicas_of
from tests.integration.test_service import LOOKALIKE, crop_of, recommend

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

DEADLINE_S: Final = 10.0
REQUESTERS: Final = 2
JOBS: Final = 16
BETWEEN_TRIES_S: Final = 0.1
"""A refusal comes at once: without a pause the test would only measure those."""
BACK_WITHIN_S: Final = 60.0
"""Far above what is promised: machines that run tests are busy. What it took is printed."""


def replica_of(service: LocalService, deployment: str) -> psutil.Process:
    """A replica of that deployment, for which this waits: one may just be on its way."""
    give_up_at = time.monotonic() + BACK_WITHIN_S
    while not (found := replicas_of(service, deployment)):
        assert time.monotonic() < give_up_at, f"{deployment} has no replica"
    return found[0]


def kill_replica(service: LocalService, deployment: str) -> None:
    """Until it has ended: a process with memory to give back takes requests for a while longer."""
    process = replica_of(service, deployment)
    process.kill()
    process.wait(BACK_WITHIN_S)


async def test_both_doors_of_the_real_service_answer_alike(
    service: LocalService, street: list[StreetQuery]
) -> None:
    patience = {"Lookalike-Deadline": str(PATIENCE_S)}
    photo = street[0].photo.read_bytes()
    params = {"crop": crop_of(street[0]), "sort": "value"}
    cases = [
        *(case for case in CASES if case.code is not None and case.endpoint != "similar"),
        Case("a look", "recommend", photo, params=params, headers=patience),
        Case("its category", "classify", photo, headers=patience),
        Case("its garments", "crops", photo, headers=patience),
    ]
    assert service.nats is not None
    async with (
        httpx.AsyncClient(base_url=service.url, timeout=PATIENCE_S) as http,
        plain_client(service.nats) as nats,
    ):
        wrong = []
        for case in cases:
            answers = await HttpDoor(http).ask(case), await NatsDoor(nats).ask(case)
            if not (alike(case, *answers) and all(as_told(case, one) for one in answers)):
                wrong.append((case.name, *answers))
    assert wrong == []


def test_lookalike_search_over_nats_prints_what_http_answers(
    client: httpx.Client, service: LocalService, street: list[StreetQuery]
) -> None:
    query = street[1]
    crop = ",".join(map(str, query.crop))
    where = ("--url", str(service.nats_url), "--deadline", str(PATIENCE_S - 1))
    done = subprocess.run(
        [LOOKALIKE, "search", query.photo, "--crop", crop, *where, "--k", "4", "--json"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hits"] == recommend(client, query, k=4)["hits"]


def test_a_worker_loads_no_network_and_no_runtime(service: LocalService) -> None:
    mapped = {Path(m.path).name for m in replica_of(service, "worker").memory_maps()}
    assert not {name for name in mapped if "torch" in name or "onnxruntime" in name}


def test_stages_give_way_to_the_doors(service: LocalService) -> None:
    if os.getpriority(os.PRIO_PROCESS, 0) >= STAGE_NICENESS:
        pytest.skip("these tests run at a low priority themselves, and so does all of the service")

    def niceness(deployment: str) -> list[int]:
        found = []
        for thread in replica_of(service, deployment).threads():
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                found.append(os.getpriority(os.PRIO_PROCESS, thread.id))
        return found

    for door in ("worker", "gateway"):
        assert max(niceness(door)) < STAGE_NICENESS
    for stage in ("shard-0", "segmenter"):
        assert max(niceness(stage)) >= STAGE_NICENESS


@dataclass(slots=True)
class Load:
    """Requesters that ask one after the other; every end is counted, none may be missing.

    Each photo is another one, so that none is answered from memory.
    """

    client: SearchClient
    photo: bytes
    params: RecommendParams
    deadline_s: float = DEADLINE_S
    ends: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    enough: bool = False
    numbers: Iterator[int] = field(default_factory=itertools.count)

    async def requester(self) -> None:
        """Ask until it is enough; a request that does not end in time fails the test."""
        while not self.enough:
            started = time.monotonic()
            async with asyncio.timeout(self.deadline_s + 5):
                end = await self._ask()
            self.slowest_s = max(self.slowest_s, time.monotonic() - started)
            self.ends[end] += 1
            if end == "answered":
                self.answered.set()
            await asyncio.sleep(0)

    async def next_answer(self) -> None:
        """Wait for an answer that comes from now on."""
        self.answered.clear()
        await self.answered.wait()

    async def first_answer_to_a_new_request(self) -> None:
        """Ask until there is an answer; what was on its way before does not count."""
        while (end := await self._ask()) != "answered":
            self.ends[end] += 1
            await asyncio.sleep(BETWEEN_TRIES_S)

    async def _ask(self) -> str:
        try:
            never_seen = self.photo + str(next(self.numbers)).encode()
            await self.client.recommend(never_seen, self.params)
        except LookalikeError as error:
            return error.code
        return "answered"


async def test_no_job_is_lost_when_the_worker_is_killed(
    service: LocalService, street: list[StreetQuery], capsys: pytest.CaptureFixture[str]
) -> None:
    x, y, width, height = street[0].crop
    params = RecommendParams(crop=Crop(x=x, y=y, width=width, height=height), k=3)
    # Bytes behind a JPEG's end change nothing but what the cache of photos knows it by.
    photos = {f"kill-{n}": street[0].photo.read_bytes() + b"%d" % n for n in range(JOBS)}
    async with NatsJobsClient(service.nats_url or "", deadline_s=DEADLINE_S) as client:
        for job_id, photo in photos.items():
            assert (await client.submit(photo, params, job_id)).new
        ends: dict[str, JobReply] = {}
        async with asyncio.timeout(BACK_WITHIN_S * 2):
            async for end in client.ends(photos):
                if not ends:
                    replica_of(service, "worker").kill()
                    killed_at, back_s = time.monotonic(), 0.0
                back_s = back_s or (time.monotonic() - killed_at if end.deliveries > 1 else 0.0)
                ends[end.id] = end
        kept = {job_id: await client.job(job_id) for job_id in photos}
    again = sum(end.deliveries > 1 for end in ends.values())
    with capsys.disabled():
        print(f"\nworker killed under {JOBS} jobs: {Counter(e.status for e in ends.values())},")
        print(f"{again} of them delivered again, the first of those after {back_s:.1f} s")
    assert {end.status for end in ends.values()} == {"done"}
    assert kept == ends


@pytest.mark.parametrize("door", ["http", "nats"])
async def test_requests_in_a_killed_segmenter_are_answered_by_the_next_one(
    service: LocalService, street: list[StreetQuery], door: str
) -> None:
    """Handed on to the encoder unawaited, they would be tried without a pause till the deadline."""
    url = service.url if door == "http" else service.nats_url
    x, y, width, height = street[0].crop
    params = RecommendParams(crop=Crop(x=x, y=y, width=width, height=height))
    async with client_for(url or "", deadline_s=PATIENCE_S) as client:
        load = Load(client, street[0].photo.read_bytes(), params, PATIENCE_S)
        async with asyncio.TaskGroup() as requesters:
            for _ in range(2 * REQUESTERS):
                requesters.create_task(load.requester())
            await load.next_answer()
            await asyncio.to_thread(kill_replica, service, "segmenter")
            await load.first_answer_to_a_new_request()
            load.enough = True
    assert set(load.ends) == {"answered"}


async def test_whatever_part_is_killed_every_request_ends_and_the_service_comes_back(
    service: LocalService, street: list[StreetQuery], capsys: pytest.CaptureFixture[str]
) -> None:
    """Stands last in this file: it leaves the service with a new worker, server and shard."""
    nats = service.nats
    assert nats is not None
    kills: dict[str, Callable[[], None]] = {
        "worker": lambda: kill_replica(service, "worker"),
        "nats-server": nats.kill,
        "shard": lambda: kill_replica(service, "shard-0"),
    }
    x, y, width, height = street[0].crop
    crop = Crop(x=x, y=y, width=width, height=height)
    for part, kill in kills.items():
        async with NatsSearchClient(service.nats_url or "", deadline_s=DEADLINE_S) as client:
            load = Load(client, street[0].photo.read_bytes(), RecommendParams(crop=crop))
            async with asyncio.TaskGroup() as requesters:
                for _ in range(REQUESTERS):
                    requesters.create_task(load.requester())
                async with asyncio.timeout(BACK_WITHIN_S):
                    await load.next_answer()
                    await asyncio.to_thread(kill)
                    killed_at = time.monotonic()
                    await asyncio.to_thread(service.check_alive)
                    await load.first_answer_to_a_new_request()
                    back_s = time.monotonic() - killed_at
                load.enough = True
        with capsys.disabled():
            ends = ", ".join(f"{count} {end}" for end, count in sorted(load.ends.items()))
            print(f"\n{part} killed: back after {back_s:.1f} s; {ends}")
            print(f"the slowest took {load.slowest_s:.1f} s, the deadline was {DEADLINE_S:.0f} s")
        assert set(load.ends) <= {"answered", "unavailable", "deadline", "overloaded"}
        assert load.ends["answered"] >= 2
