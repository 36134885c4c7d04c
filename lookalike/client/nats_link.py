"""A client's connection to a NATS server: made when it is first needed, and kept."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from nats.aio.client import Client
from nats.errors import Error as NatsError

from lookalike.client.address import checked
from lookalike.client.nats_pings import PatientClient
from lookalike.client.unreachable import UnreachableError, is_of_tls
from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import without_login

_RECONNECT_EVERY_S: Final = 0.1
_CONNECT_TIMEOUT_S: Final = 2
_PING_EVERY_S: Final = 10
"""A connection is taken up anew after three in which nothing moves; nats-py's are two minutes."""
_CLOSE_TIMEOUT_S: Final = 1.0
_INBOX: Final = "_INBOX"
_USER: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""A user's name that can be part of a subject."""

T = TypeVar("T")


class ConnectionLostError(Exception):
    """The connection broke while somebody waited for an answer."""


class NatsLink:
    """One connection, shared by all requests of a client.

    A server that can't be reached at first is an error at once. A connection that breaks later is
    taken up again for as long as it takes; each request waits for that within its deadline.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Client | None = None
        self._connecting = asyncio.Lock()
        self._up = asyncio.Event()
        self._lost = asyncio.Event()

    @property
    def address(self) -> str:
        """The server's address without the login."""
        return without_login(self._url)

    @property
    def is_up(self) -> bool:
        """Whether the connection stands."""
        return self._up.is_set()

    @property
    def has_stood(self) -> bool:
        """Whether there was a connection at any time."""
        return self._connection is not None

    async def connection(self) -> Client:
        """The connection, once it stands. Raises: UnavailableError."""
        async with self._connecting:
            if self._connection is None or self._connection.is_closed:
                self._connection = await self._connect()
        await self._up.wait()
        return self._connection

    async def unless_lost(self, work: Coroutine[object, object, T]) -> T:
        """What `work` returns or raises. Raises: ConnectionLostError."""
        return await unless(self._lost.wait(), ConnectionLostError, work)

    async def close(self) -> None:
        """Give the connection up."""
        if self._connection is not None:
            await close_connection(self._connection)

    async def _connect(self) -> Client:
        connection = await open_connection(
            self._url,
            name="lookalike client",
            disconnected_cb=self._on_lost,
            reconnected_cb=self._on_up,
            closed_cb=self._on_lost,
        )
        await self._on_up()
        return connection

    async def _on_up(self) -> None:
        self._lost.clear()
        self._up.set()

    async def _on_lost(self) -> None:
        self._up.clear()
        self._lost.set()


async def unless(
    happens: Coroutine[object, object, object],
    error: type[Exception],
    work: Coroutine[object, object, T],
) -> T:
    """What `work` returns or raises; `error` where the other one ends first. Cancels both."""
    doing, happening = asyncio.ensure_future(work), asyncio.ensure_future(happens)
    try:
        await asyncio.wait([doing, happening], return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise error
    finally:
        doing.cancel()
        happening.cancel()


async def open_connection(
    url: str,
    *,
    name: str,
    error_cb: Callable[[Exception], Awaitable[None]] | None = None,
    ping_every_s: float = _PING_EVERY_S,
    **options: Any,
) -> Client:
    """A connection that is taken up again whenever it breaks, once it has stood.

    Who logs in as USER:PASSWORD gets answers below `_INBOX.USER`: what a server hands over to an
    account, or lets a user hear, can name that. nats-py by itself tries the first connect for ever,
    and hangs where TLS fails.
    Raises: UnavailableError at the first problem, without the login.
    """
    connection = PatientClient()
    stood = False

    async def on_problem(problem: Exception) -> None:
        if not stood:
            raise problem
        if error_cb is not None:
            await error_cb(problem)

    try:
        await connection.connect(
            checked(url),
            name=name,
            connect_timeout=_CONNECT_TIMEOUT_S,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_RECONNECT_EVERY_S,  # type: ignore[arg-type]
            ping_interval=ping_every_s,  # type: ignore[arg-type]
            error_cb=on_problem,
            inbox_prefix=_inbox_of(url),
            **options,
        )
    except (OSError, ValueError, NatsError) as problem:
        await close_connection(connection)
        late = isinstance(problem, TimeoutError)  # an OSError too, of who is there and silent
        nobody = isinstance(problem, OSError) and not late and not is_of_tls(problem)
        kind = UnreachableError if nobody else UnavailableError
        why = f"no answer within {_CONNECT_TIMEOUT_S} s" if late else problem
        raise kind(cant_reach(without_login(url), why)) from None
    except BaseException:
        await close_connection(connection)
        raise
    stood = True
    return connection


def cant_reach(address: str, why: object) -> str:
    """What is told of a server to which no connection came about."""
    return f"the NATS server at {address} can't be reached: {why}"


def _inbox_of(url: str) -> str:
    login = urlsplit(url)
    named = login.password is not None and _USER.fullmatch(login.username or "")
    return f"{_INBOX}.{login.username}" if named else _INBOX


async def close_connection(connection: Client) -> None:
    """Close it, whatever state it is in."""
    # What could not be sent any more; AssertionError: it took the address for none and never began.
    with contextlib.suppress(OSError, TimeoutError, AssertionError):
        async with asyncio.timeout(_CLOSE_TIMEOUT_S):  # nats-py waits for ever after failed TLS
            await connection.close()
