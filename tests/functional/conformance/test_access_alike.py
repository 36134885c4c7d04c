"""Keys and rate limits: each door must answer alike, whatever is sent."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, new_key
from lookalike.client import HttpSearchClient
from lookalike.client.nats import NatsSearchClient
from lookalike.contract.errors import (
    ForbiddenError,
    LookalikeError,
    NotFoundError,
    UnauthorizedError,
)
from lookalike.contract.schemas import ClassifyParams
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.conformance.cases import Case
from tests.functional.conformance.doors import Answer, Door
from tests.functional.conformance.test_changes_alike import SHIRT, Client, outcome
from tests.functional.conformance.test_conformance import opened
from tests.functional.live_service import LiveService
from tests.functional.nats_door import serving
from tests.nats_servers import nats_server
from worker.local_backend import LocalBackend
from worker.settings import NatsArgs

DOORS = ("http", "nats")


class Issued:
    """Keys of every kind, and the gate that knows them."""

    def __init__(self, folder: Path, per_minute: int | None = None) -> None:
        self.file = KeyFile(folder / "keys.json")
        self.reader = self._issue(Scope.READ)
        self.writer = self._issue(Scope.READ, Scope.WRITE)
        self.only_writer = self._issue(Scope.WRITE)
        self.revoked = self._issue(Scope.READ)
        self.file.revoke(self.file.read()[-1].id, datetime.now(UTC))
        self.hurried = self._issue(Scope.READ, per_minute=2)
        self.gate = Gate(AccessRules(frozenset(Scope), per_minute), KeyRing(self.file.path))

    def _issue(self, *scopes: Scope, per_minute: int | None = None) -> str:
        key, stored = new_key("test", scopes, per_minute=per_minute)
        self.file.add(stored)
        return key


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    return Issued(tmp_path)


async def answers(door: Door, *headers: dict[str, str]) -> list[Answer]:
    return [await door.ask(Case("who asks", "classify", jpeg(), headers=sent)) for sent in headers]


@pytest.mark.parametrize("door", DOORS)
async def test_a_key_is_asked_for_in_either_header(
    door: str, tmp_path: Path, issued: Issued
) -> None:
    refused: tuple[dict[str, str], ...] = (
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": issued.reader},
        {"Authorization": f"Basic {issued.reader}"},
        {"Authorization": "Bearer guess"},
        {"Authorization": f"Bearer {issued.reader}x"},
        {"Authorization": f"Bearer {issued.revoked}"},
        {"X-API-Key": issued.reader[:-1]},
        {"Authorization": f"Bearer {issued.reader}", "X-API-Key": issued.reader[:-1]},
    )
    taken = (
        {"Authorization": f"Bearer {issued.reader}"},
        {"authorization": f"bearer  {issued.reader}"},
        {"X-API-Key": issued.reader},
        {"Authorization": "Basic cHJveHk6cHJveHk=", "X-API-Key": issued.reader},
        {"Authorization": "Bearer a-proxys-own", "X-API-Key": issued.reader},
    )
    async with opened(door, tmp_path, FakeSegmenter(), gate=issued.gate) as asked:
        for answer in await answers(asked, *refused):
            assert (answer.status, answer.body["error"]["code"]) == (401, "unauthorized")
            assert answer.body["error"]["request_id"] == answer.request_id
        assert [answer.status for answer in await answers(asked, *taken)] == [200] * len(taken)
        (forbidden,) = await answers(asked, {"X-API-Key": issued.only_writer})
        assert (forbidden.status, forbidden.body["error"]["code"]) == (403, "forbidden")


async def test_both_doors_refuse_in_the_same_words(tmp_path: Path, issued: Issued) -> None:
    sent: tuple[dict[str, str], ...] = ({}, {"X-API-Key": "x"}, {"X-API-Key": issued.only_writer})
    said = []
    for door in DOORS:
        async with opened(door, tmp_path, FakeSegmenter(), gate=issued.gate) as asked:
            said.append([(a.status, a.lasting) for a in await answers(asked, *sent)])
    assert said[0] == said[1]


@pytest.mark.parametrize("door", DOORS)
async def test_probes_need_no_key_and_are_not_counted(door: str, tmp_path: Path) -> None:
    gate = Issued(tmp_path, per_minute=1).gate
    async with opened(door, tmp_path, FakeSegmenter(), gate=gate) as asked:
        assert [(await asked.ask(Case("p", "ready"))).status for _ in range(5)] == [200] * 5


@pytest.mark.parametrize("door", DOORS)
async def test_a_hurried_caller_is_told_when_to_come_again(
    door: str, tmp_path: Path, issued: Issued
) -> None:
    hurried, patient = {"X-API-Key": issued.hurried}, {"X-API-Key": issued.reader}
    async with opened(door, tmp_path, FakeSegmenter(), gate=issued.gate) as asked:
        *first, refused, other = await answers(asked, hurried, hurried, hurried, patient)
    assert [answer.status for answer in first] == [200, 200]
    assert (refused.status, refused.body["error"]["code"]) == (429, "rate_limited")
    assert refused.retry_after == "30"
    assert other.status == 200


@asynccontextmanager
async def changing(
    door: str, folder: Path, issued: Issued, key: str | None
) -> AsyncIterator[Client]:
    """A client with a key, of a guarded door over a real store."""
    live = LiveService(folder / door, gate=issued.gate)
    try:
        if door == "http":
            async with live.client(api_key=key) as http:
                yield http
            return
        with nats_server(folder) as server:
            backend = LocalBackend(live.recommender, live.args, live.writer)
            worker = serving(live.recommender, backend, NatsArgs(url=server.url), issued.gate)
            async with worker, NatsSearchClient(server.url, api_key=key) as client:
                yield client
    finally:
        await live.close()


@pytest.mark.parametrize("door", DOORS)
async def test_changes_need_the_scope_write(door: str, tmp_path: Path, issued: Issued) -> None:
    for number, (key, put, read) in enumerate(
        (
            (None, UnauthorizedError, UnauthorizedError),
            (issued.revoked, UnauthorizedError, UnauthorizedError),
            (issued.reader, ForbiddenError, NotFoundError),
            (issued.only_writer, None, ForbiddenError),
            (issued.writer, None, NotFoundError),
        )
    ):
        async with changing(door, tmp_path / str(number), issued, key) as client:
            assert await raised(client.put_product("1", SHIRT, jpeg())) is put
            assert await raised(client.delete_product("1")) is put
            assert await raised(client.product("1")) is read


async def raised(asked: object) -> type[LookalikeError] | None:
    try:
        await asked  # type: ignore[misc]
    except LookalikeError as error:
        return type(error)
    return None


@pytest.mark.parametrize("door", DOORS)
async def test_a_client_carries_its_key_with_every_question(
    door: str, tmp_path: Path, issued: Issued
) -> None:
    async with changing(door, tmp_path, issued, issued.writer) as client:
        put = await outcome(client.put_product("1", SHIRT, jpeg()))
        asked = [
            await outcome(client.recommend(jpeg())),
            await outcome(client.classify(jpeg(), ClassifyParams())),
            await outcome(client.crops(jpeg())),
            await outcome(client.ready()),
            await outcome(client.within(5).crops(jpeg())),
        ]
    assert put[0] == "200"
    assert [how for how, _ in asked] == ["200"] * 5


async def test_of_a_wrong_key_nothing_is_sent_nor_told(tmp_path: Path) -> None:
    for key in ("secret\nX-Evil: 1", "gehéim"):
        for client in (HttpSearchClient, NatsSearchClient):
            with pytest.raises(UnauthorizedError) as refused:
                client("http://127.0.0.1:9", api_key=key)
            assert key[:4] not in str(refused.value)


@pytest.mark.parametrize("door", DOORS)
async def test_keys_are_in_no_log_at_any_level(
    door: str, tmp_path: Path, issued: Issued, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for key in (issued.writer, issued.revoked, issued.reader):
        async with changing(door, tmp_path / key[-4:], issued, key) as client:
            await outcome(client.put_product("1", SHIRT, jpeg()))
            await outcome(client.recommend(b"no picture"))
            await outcome(client.product("1"))
            assert key not in repr(client) + repr(vars(issued.gate))
    assert caplog.records, "something was logged"
    for key in vars(issued).values():
        if isinstance(key, str):
            assert key.rpartition("_")[2] not in caplog.text
