"""Whom a worker outside of the service lets in while the service's own door says little."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from lookalike.client.http import HttpSearchClient
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    ForbiddenError,
    LookalikeError,
    NotFoundError,
    OverloadedError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
)
from lookalike.contract.schemas import SearchParams
from worker.http_backend import HttpBackend
from worker.let_in import LetInLately


class Door(httpx.AsyncBaseTransport):
    """Answers every request alike."""

    def __init__(self) -> None:
        self.error: type[LookalikeError] = NotFoundError
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        error = {"code": self.error.code, "message": "told", "request_id": "1"}
        return httpx.Response(self.error.http_status, text=json.dumps({"error": error}))


class Clock:
    """Says what it is told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def client(door: Door) -> AsyncIterator[HttpSearchClient]:
    async with HttpSearchClient("http://test", transport=door) as client:
        yield client


async def test_a_door_behind_which_there_is_too_much_to_do_has_looked_at_the_key(
    door: Door, client: HttpSearchClient
) -> None:
    door.error = OverloadedError
    await HttpBackend(client, "key").let_in()
    assert door.asked == 1


@pytest.mark.parametrize(("error", "lets"), [(UnauthorizedError, False), (NotFoundError, True)])
async def test_an_open_service_is_told_from_a_guarded_one(
    door: Door, client: HttpSearchClient, error: type[LookalikeError], lets: bool
) -> None:
    door.error = error
    assert await HttpBackend(client).lets_strangers_write() is lets


async def test_a_service_that_does_not_say_is_not_taken_for_a_guarded_one(
    door: Door, client: HttpSearchClient
) -> None:
    door.error = UnavailableError
    with pytest.raises(UnavailableError):
        await HttpBackend(client).lets_strangers_write()


@pytest.mark.parametrize("error", [UnauthorizedError, ForbiddenError, RateLimitedError])
async def test_whom_the_door_turns_away_is_turned_away(
    door: Door, client: HttpSearchClient, error: type[LookalikeError]
) -> None:
    backend = HttpBackend(client, "key")
    await backend.let_in()
    door.error = error
    with pytest.raises(error):
        await backend.let_in()


@pytest.mark.parametrize("error", [UnavailableError, DeadlineError])
async def test_a_door_that_can_not_be_asked_lets_those_in_whom_it_let_in_within_the_hour(
    door: Door, client: HttpSearchClient, error: type[LookalikeError]
) -> None:
    clock = Clock()
    lately = LetInLately(clock)
    await HttpBackend(client, "known", lately).let_in()
    door.error = error
    await HttpBackend(client, "known", lately).let_in()
    for stranger in ("unknown", None):
        with pytest.raises(error):
            await HttpBackend(client, stranger, lately).let_in()
    clock.now_s = 3601.0
    with pytest.raises(error):
        await HttpBackend(client, "known", lately).let_in()


async def test_a_key_that_was_revoked_before_the_outage_counts_no_more(
    door: Door, client: HttpSearchClient
) -> None:
    backend = HttpBackend(client, "key")
    await backend.let_in()
    door.error = UnauthorizedError
    with pytest.raises(UnauthorizedError):
        await backend.let_in()
    door.error = UnavailableError
    with pytest.raises(UnavailableError):
        await backend.let_in()


async def test_lists_that_the_door_has_no_room_for_are_the_callers_fault(
    door: Door, client: HttpSearchClient
) -> None:
    many = SearchParams(exclude=[f"demo-dress-{number:04d}" for number in range(1_000)])
    with pytest.raises(BadRequestError, match="without --http-url"):
        await HttpBackend(client).similar("p-01", many, "1")
    assert door.asked == 0


def test_the_last_callers_are_remembered() -> None:
    lately = LetInLately()
    for number in range(10_001):
        lately.add(str(number))
    assert (lately.holds("0"), lately.holds("1"), lately.holds("10000")) == (False, True, True)
