"""What the HTTP client tells of connections that break, and of searches that no address holds."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import httpx
import pytest

from lookalike.client import HttpSearchClient, http
from lookalike.client.pictures import PictureClient
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    ImageTooLargeError,
    InternalError,
    LookalikeError,
    OverloadedError,
    UnavailableError,
)
from lookalike.contract.listing import PutProductParams
from lookalike.contract.schemas import MAX_ADDRESS_CHARS, SearchParams

UNKNOWN = "the change may or may not be stored: it is safe to send it again"
_LISTED = PutProductParams(
    title="Dress", currency="USD", price=Decimal(1), item_url="https://shop.example/1"
)
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, without a wait: closing resets the connection. Source: socket(7)."""

Ask = Callable[[HttpSearchClient], Awaitable[object]]
CHANGES: tuple[Ask, ...] = (
    lambda client: client.delete_product("p1"),
    lambda client: client.put_product("p1", _LISTED, b"x" * 10),
)


@asynccontextmanager
async def breaking_off(*, reset: bool) -> AsyncIterator[str]:
    """The address of a server that reads what it is asked and then breaks the connection off."""

    async def read_and_break(request: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        await request.readuntil(b"\r\n\r\n")
        if reset:
            connection: socket.socket = answer.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            answer.transport.abort()
        answer.close()

    server = await asyncio.start_server(read_and_break, "127.0.0.1")
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def refused(client: HttpSearchClient, ask: Ask) -> LookalikeError:
    with pytest.raises(LookalikeError) as raised:
        await ask(client)
    return raised.value


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_whose_answer_is_lost_may_have_been_made(change: Ask, reset: bool) -> None:
    async with breaking_off(reset=reset) as url, HttpSearchClient(url) as client:
        error = await refused(client, change)
    assert type(error) is UnavailableError
    assert error.message.endswith(UNKNOWN)
    assert "can't be reached" not in error.message


@pytest.mark.parametrize("reset", [True, False])
async def test_a_question_whose_answer_is_lost_says_what_happened(reset: bool) -> None:
    async with breaking_off(reset=reset) as url:
        async with HttpSearchClient(url) as client:
            asked = await refused(client, lambda client: client.product("p1"))
        async with PictureClient(url) as pictures:
            with pytest.raises(UnavailableError) as fetched:
                await pictures.picture("/v1/images/a.jpg")
    for error in (asked, fetched.value):
        assert isinstance(error, UnavailableError)
        assert error.message.rpartition(": ")[2].strip()
        assert UNKNOWN not in error.message


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_never_went_out_was_not_made(change: Ask) -> None:
    async with HttpSearchClient("http://127.0.0.1:9") as client:
        error = await refused(client, change)
    assert "can't be reached" in error.message
    assert UNKNOWN not in error.message


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_without_an_answer_in_time_may_have_been_made(
    monkeypatch: pytest.MonkeyPatch, change: Ask
) -> None:
    monkeypatch.setattr(http, "_GRACE_S", 0.0)
    never = asyncio.Event()

    async def hang(_: httpx.Request) -> httpx.Response:
        await never.wait()
        raise AssertionError

    transport = httpx.MockTransport(hang)
    async with HttpSearchClient("http://test", deadline_s=0.05, transport=transport) as client:
        error = await refused(client, change)
    assert isinstance(error, DeadlineError)
    assert error.message.endswith(UNKNOWN)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, UnavailableError),
        (502, UnavailableError),
        (503, UnavailableError),
        (200, InternalError),
    ],
)
async def test_a_change_that_another_than_the_service_answers_may_have_been_made(
    status: int, kind: type[LookalikeError]
) -> None:
    proxy = httpx.MockTransport(lambda _: httpx.Response(status, text="<h1>no answer</h1>"))
    async with HttpSearchClient("http://test", transport=proxy) as client:
        changed = await refused(client, CHANGES[0])
        asked = await refused(client, lambda client: client.product("p1"))
    assert (type(changed), type(asked)) == (kind, kind)
    assert changed.message == f"{asked.message}; {UNKNOWN}"


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (403, "Forbidden", InternalError),
        (404, "Path not found. Ping /-/routes for available routes.", UnavailableError),
        (405, "Method Not Allowed", InternalError),
        (413, "Request Entity Too Large", ImageTooLargeError),
        (414, "URI Too Long", BadRequestError),
        (429, "Too Many Requests", OverloadedError),
    ],
)
async def test_a_change_that_another_than_the_service_refuses_was_not_made(
    status: int, text: str, kind: type[LookalikeError]
) -> None:
    proxy = httpx.MockTransport(lambda _: httpx.Response(status, text=text))
    async with HttpSearchClient("http://test", transport=proxy) as client:
        for change in CHANGES:
            changed = await refused(client, change)
            assert type(changed) is kind
            assert UNKNOWN not in changed.message


@pytest.mark.parametrize(("told", "retry_after_s"), [({}, 1), ({"Retry-After": "7"}, 7)])
async def test_a_proxy_that_lets_no_more_through_says_when_to_come_back(
    told: dict[str, str], retry_after_s: int
) -> None:
    proxy = httpx.MockTransport(lambda _: httpx.Response(429, text="<h1>Slow</h1>", headers=told))
    async with HttpSearchClient("http://test", transport=proxy) as client:
        error = await refused(client, lambda client: client.product("p1"))
    assert isinstance(error, OverloadedError)
    assert error.retry_after_s == retry_after_s
    assert "what stands before the service at http://test lets no more" in error.message


def excluding(address_chars: int) -> SearchParams:
    """A search like p1 whose address has that many characters."""
    ids = ["a" * 200] * 66
    taken = len("/v1/products/p1/similar?") + len("exclude=&") * (len(ids) + 1) - 1
    return SearchParams(exclude=[*ids, "b" * (address_chars - taken - 200 * len(ids))])


@pytest.mark.parametrize(
    "params",
    [
        SearchParams(exclude=[f"demo-dress-{number:04d}" for number in range(1_000)]),
        SearchParams(brands=[f"{number:04d}".ljust(300, "é") for number in range(1_000)]),
        excluding(MAX_ADDRESS_CHARS + 1),
    ],
)
async def test_lists_that_no_address_holds_are_refused_before_they_are_sent(
    params: SearchParams,
) -> None:
    nobody = httpx.MockTransport(lambda _: pytest.fail("it was sent"))
    async with HttpSearchClient("http://test", transport=nobody) as client:
        with pytest.raises(BadRequestError, match=r"14,000.*name fewer"):
            await client.similar("p1", params)


async def test_lists_that_an_address_just_holds_are_sent() -> None:
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(len(request.url.raw_path))
        return httpx.Response(503)

    async with HttpSearchClient("http://test", transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(UnavailableError):
            await client.similar("p1", excluding(MAX_ADDRESS_CHARS))
    assert asked == [MAX_ADDRESS_CHARS]


async def test_a_proxy_that_takes_no_address_as_long_refuses_the_request() -> None:
    proxy = httpx.MockTransport(lambda _: httpx.Response(414, text="URI Too Large"))
    async with HttpSearchClient("http://test", transport=proxy) as client:
        with pytest.raises(BadRequestError, match="address"):
            await client.similar("p1", SearchParams(exclude=["p-1"] * 900))
