"""Every part of the service killed with -9 in turn, under load over HTTP and NATS.

    python -m benchmarks.chaos --data data --json
    python -m benchmarks.chaos --data data --rounds 5 --only "whole Ray" --json
    python -m benchmarks.chaos --data data --rounds 3 --write docs/reliability.md

Clients ask without a pause, over both doors, with a deadline. Each answer is compared with the one
that the same question had before anything was killed. After each kill: until both doors answer
rightly again, how many requests were told an error and which, and the longest that one waited. The
next part is killed when whoever asked before that has been answered too, so that each request is
counted for one kill: the last one before it was told.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from benchmarks.demo_service import demo_config
from benchmarks.figures import Figure
from benchmarks.kills import Asked, Killed, Outcome, outcomes_of, write_table
from catalog.street_queries import StreetQuery, street_queries
from deployments.ended import wait_ended
from deployments.local_service import LocalService
from lookalike.client import SearchClient, client_for
from lookalike.contract.errors import InternalError, LookalikeError
from lookalike.contract.schemas import Crop, RecommendParams

DEADLINE_S: Final = 10.0
READY_AGAIN_WITHIN_S: Final = 15.0
CLIENTS_A_DOOR: Final = 2
QUESTIONS: Final = 3
STREAK: Final = 4
"""Right answers in a row on each door until the next part is killed."""
_GIVE_UP_S: Final = 120.0
_LOOK_EVERY_S: Final = 0.1
_PAUSE_AFTER_ERROR_S: Final = 0.2

Kill = Callable[[LocalService], list[psutil.Process]]


@dataclass(slots=True)
class Load:
    """Clients that never pause; `truth` is the right answer of each question."""

    questions: list[StreetQuery]
    truth: dict[str, str] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)
    sent: dict[tuple[str, int], float] = field(default_factory=dict)
    """By door and client: when the request was sent that has not been told anything yet."""
    running: bool = True

    async def learn(self, client: SearchClient) -> None:
        """Ask each question once, before anything is killed."""
        for question in self.questions:
            self.truth[question.photo.name] = await _answer(client, question)

    async def ask(self, url: str, first: int) -> None:
        """One client of one door, until `running` is false."""
        door = url.partition(":")[0]
        turn = first
        async with client_for(url, deadline_s=DEADLINE_S) as client:
            while self.running:
                question = self.questions[turn % len(self.questions)]
                turn += 1
                sent = self.sent[door, first] = time.monotonic()
                try:
                    answer = await _answer(client, question)
                    outcome = "right" if answer == self.truth[question.photo.name] else "wrong"
                except LookalikeError as error:
                    outcome = error.code
                    if isinstance(error, InternalError):  # none of these should be met
                        print(f"{door}: {error.message}", file=sys.stderr)
                del self.sent[door, first]
                self.log.append(Asked(door, sent, time.monotonic(), outcome))
                if outcome not in ("right", "wrong"):
                    await asyncio.sleep(_PAUSE_AFTER_ERROR_S)

    def ready_again(self, since_s: float) -> float | None:
        """Seconds from `since_s` until each door had begun a streak of right answers.

        None while a door has none, or while anybody waits there who asked before its last one.
        """
        begun = []
        for door in {asked.door for asked in self.log} | {door for door, _ in self.sent}:
            late = [asked for asked in self.log if asked.door == door and asked.sent_s >= since_s]
            late.sort(key=lambda asked: asked.sent_s)
            bad = [place for place, asked in enumerate(late) if asked.outcome != "right"]
            streak = late[bad[-1] + 1 if bad else 0 :][:STREAK]
            waiting = [sent for (at, _), sent in self.sent.items() if at == door]
            if len(streak) < STREAK or any(sent < streak[-1].sent_s for sent in waiting):
                return None
            begun.append(min(asked.told_s for asked in streak) - since_s)
        return max(begun, default=None)


async def _answer(client: SearchClient, question: StreetQuery) -> str:
    x, y, width, height = question.crop
    crop = Crop(x=x, y=y, width=width, height=height)
    reply = await client.recommend(question.photo.read_bytes(), RecommendParams(crop=crop))
    return ",".join([reply.category.name, *(hit.product.id for hit in reply.hits)])


def replica(deployment: str) -> Kill:
    """The replicas of one deployment."""
    title = re.compile(rf"ServeReplica:lookalike(-nats)?:{deployment}\b|#{deployment}#")
    return lambda service: [p for p in service.processes() if title.search(_title(p))]


def nats_server(service: LocalService) -> list[psutil.Process]:
    """The message server."""
    assert service.nats is not None
    return [psutil.Process(service.nats.pid)]


def whole_ray(service: LocalService) -> list[psutil.Process]:
    """The head and all that Ray started."""
    return service.processes()


PARTS: Final[dict[str, Kill]] = {
    "segmenter": replica("segmenter"),
    "encoder": replica("encoder"),
    "a shard": replica("shard-0"),
    "gateway": replica("gateway"),
    "NATS worker": replica("worker"),
    "nats-server": nats_server,
    "the whole Ray, then started again": whole_ray,
}


async def torment(
    service: LocalService, questions: list[StreetQuery], parts: dict[str, Kill], rounds: int
) -> list[Outcome]:
    """Kill each part `rounds` times, the next one when the doors answer rightly again."""
    load = Load(questions)
    assert service.nats_url is not None
    doors = [service.url, service.nats_url]
    async with client_for(service.url, deadline_s=60) as client:
        await load.learn(client)
    kills: list[Killed] = []
    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS_A_DOOR):
            for door in doors:
                group.create_task(load.ask(door, number))
        await _until_ready(load, time.monotonic(), service)
        for _ in range(rounds):
            for part, find in parts.items():
                kills.append(await _killed(service, load, part, find))
        load.running = False
    return outcomes_of(kills, load.log)


async def _killed(service: LocalService, load: Load, part: str, find: Kill) -> Killed:
    victims = await asyncio.to_thread(find, service)
    assert victims, part
    since = time.monotonic()
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    await asyncio.to_thread(wait_ended, victims, _GIVE_UP_S)
    if find is whole_ray:
        await asyncio.to_thread(_start_again, service)
    return Killed(part, since, await _until_ready(load, since, service))


def _start_again(service: LocalService) -> None:
    service.stop()
    service.start()


async def _until_ready(load: Load, since: float, service: LocalService) -> float:
    give_up = time.monotonic() + _GIVE_UP_S
    while (again := load.ready_again(since)) is None:
        assert time.monotonic() < give_up, load.log[-20:]
        await asyncio.to_thread(service.check_alive)
        await asyncio.sleep(_LOOK_EVERY_S)
    return again


def _title(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def parsed(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, `parts` being the ones to kill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data"), help="a demo catalogue's folder")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--rounds", type=int, default=1, help="times that each part is killed")
    parser.add_argument("--only", default="", help="the parts whose name has this")
    parser.add_argument("--write", type=Path, help="a document whose table is written anew")
    arguments = parser.parse_args(words)
    arguments.parts = {part: kill for part, kill in PARTS.items() if arguments.only in part}
    if not arguments.parts:
        parser.error(f"no part's name has {arguments.only!r}: {', '.join(PARTS)}")
    if arguments.only and arguments.write is not None:
        parser.error("--write writes the table of all parts anew: leave out --only")
    return arguments


def main() -> None:
    """Kill, measure and print."""
    arguments = parsed()
    questions = street_queries(arguments.data / "street")[:QUESTIONS]
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalService(
            demo_config(arguments.data, photo_cache=False), Path(folder) / "serve.log", port=0
        ) as service,
    ):
        service.wait_ready()
        outcomes = asyncio.run(torment(service, questions, arguments.parts, arguments.rounds))
    for outcome in outcomes:
        _print(outcome, arguments.json)
    if arguments.write is not None:
        write_table(arguments.write, outcomes)


def _print(outcome: Outcome, as_json: bool) -> None:
    told = sum(outcome.errors.values())
    asked = outcome.right + outcome.wrong + told
    again = [
        Figure(
            f"{outcome.part} killed: right on both doors again",
            took_s,
            "s",
            asked,
            "goal",
            READY_AGAIN_WITHIN_S,
        )
        for took_s in outcome.ready_again_s
    ]
    for figure in (
        *again,
        Figure(f"{outcome.part} killed: wrong answers", outcome.wrong, "", asked),
        Figure(f"{outcome.part} killed: clear errors", told, "", asked),
        Figure(
            f"{outcome.part} killed: longest wait",
            outcome.slowest_s,
            "s",
            asked,
            "deadline",
            DEADLINE_S,
        ),
    ):
        figure.print(as_json)


if __name__ == "__main__":
    main()
