"""One suite for every front door: it must answer each case as told, and all doors alike."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeSegmenter, jpeg
from tests.functional.conformance.cases import CASES, Case
from tests.functional.conformance.doors import Answer, Door, HttpDoor, NatsDoor
from tests.functional.http_door import client_over
from tests.functional.nats_door import plain_client, worker_over
from tests.nats_servers import nats_server

DOORS = ("http", "nats")


@asynccontextmanager
async def opened(
    door: str, folder: Path, segmenter: FakeSegmenter, **limits: Any
) -> AsyncIterator[Door]:
    """A door over fakes."""
    if door == "http":
        async with client_over(segmenter, folder, **limits) as http:
            yield HttpDoor(http)
        return
    with nats_server(folder) as server:
        async with worker_over(segmenter, server, **limits), plain_client(server) as nats:
            yield NatsDoor(nats)


@pytest.mark.parametrize("door", DOORS)
async def test_every_case_ends_as_told(door: str, tmp_path: Path) -> None:
    async with opened(door, tmp_path, FakeSegmenter()) as asked:
        wrong = [
            (case.name, answer.status, answer.body)
            for case in CASES
            if not as_told(case, answer := await asked.ask(case))
        ]
    assert wrong == []


def as_told(case: Case, answer: Answer) -> bool:
    """Whether status, code and message are the case's, and the id is in header and body alike."""
    if case.code is None:
        in_body = answer.body.get("request_id", answer.request_id)
        return answer.status == 200 and in_body == answer.request_id
    error = answer.body.get("error", {})
    return (
        set(answer.body) == {"error"}
        and (answer.status, error.get("code")) == (case.status, case.code)
        and case.named in error.get("message", "")
        and error.get("request_id") == answer.request_id
    )


async def test_all_doors_answer_alike(tmp_path: Path) -> None:
    async with (
        opened("http", tmp_path, FakeSegmenter()) as http,
        opened("nats", tmp_path, FakeSegmenter()) as nats,
    ):
        differing = []
        for case in CASES:
            answers = await http.ask(case), await nats.ask(case)
            if not alike(case, *answers):
                differing.append((case.name, *answers))
    assert differing == []


def alike(case: Case, one: Answer, other: Answer) -> bool:
    """Whether two doors said the same; the words of a message may be theirs."""
    if case.own_words:
        return bool(one.body["error"]["code"] == other.body["error"]["code"])
    return (one.status, one.lasting) == (other.status, other.lasting)


@pytest.mark.parametrize("door", DOORS)
async def test_one_more_than_may_be_at_work_is_overloaded(door: str, tmp_path: Path) -> None:
    go = asyncio.Event()
    segmenter = FakeSegmenter(takes=go)
    async with opened(door, tmp_path, segmenter, max_in_flight=2) as asked:
        case = Case("at work", "classify", jpeg())
        working = [asyncio.create_task(asked.ask(case)) for _ in range(2)]
        for _ in working:
            await segmenter.entered.get()
        refused = await asked.ask(case)
        assert (refused.status, refused.body["error"]["code"]) == (429, "overloaded")
        go.set()
        assert [answer.status for answer in await asyncio.gather(*working)] == [200, 200]
        assert (await asked.ask(case)).status == 200


@pytest.mark.parametrize("door", DOORS)
async def test_past_its_deadline_a_request_is_dropped(door: str, tmp_path: Path) -> None:
    late = Case("late", "classify", jpeg(), headers={"Lookalike-Deadline": "0.05"})
    async with opened(door, tmp_path, FakeSegmenter(takes=asyncio.Event())) as asked:
        answer = await asked.ask(late)
    assert (answer.status, answer.body["error"]["code"]) == (504, "deadline")
    assert answer.body["error"]["message"] == "no answer within 0.05 s"


@pytest.mark.parametrize("door", DOORS)
async def test_a_stage_that_is_down_is_asked_twice(door: str, tmp_path: Path) -> None:
    segmenter = FakeSegmenter(down=2)
    async with opened(door, tmp_path, segmenter) as asked:
        case = Case("down", "classify", jpeg())
        answer = await asked.ask(case)
        assert (answer.status, answer.body["error"]["code"]) == (503, "unavailable")
        segmenter.down = 1
        assert (await asked.ask(case)).status == 200


@pytest.mark.parametrize("door", DOORS)
async def test_an_unforeseen_failure_leaks_nothing(door: str, tmp_path: Path) -> None:
    class Broken(FakeSegmenter):
        async def cutout(self, photo: bytes, box: object) -> Any:
            raise ZeroDivisionError("secret /etc/passwd")

    async with opened(door, tmp_path, Broken()) as asked:
        answer = await asked.ask(Case("broken", "classify", jpeg()))
    assert (answer.status, answer.body["error"]["code"]) == (500, "internal")
    assert "secret" not in str(answer)
