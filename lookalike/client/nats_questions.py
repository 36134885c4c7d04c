"""Questions over NATS: asked within a deadline, asked again where that is safe."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Final, Self, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError, NoRespondersError
from pydantic import BaseModel

from lookalike.client.nats_link import ConnectionLostError, NatsLink, cant_reach, unless
from lookalike.client.nats_messages import Headers, header_bytes, read_answer
from lookalike.client.nats_taken import TakenBy, WorkerGoneError
from lookalike.client.unreachable import UnreachableError
from lookalike.contract import schemas
from lookalike.contract.credentials import bearer
from lookalike.contract.errors import (
    BadRequestError,
    DeadlineError,
    LookalikeError,
    UnavailableError,
)
from lookalike.contract.listing import with_unknown_end
from lookalike.contract.subjects import DEFAULT_NATS_URL, TAKEN_HEADER

_TOLD: Final = 0.95
"""The part of a deadline that the service is told of; the rest is for the way back."""
_AGAIN_EVERY_S: Final = 0.2
_give_up_at: Final[ContextVar[float]] = ContextVar("give_up_at")
"""Of the question that is asked, by the event loop's clock: what else it takes is part of it."""
R = TypeVar("R", bound=BaseModel)
T = TypeVar("T")


class Change:
    """A change: what is not safe to be sent again once it has left."""

    has_left = False


class NatsQuestions:
    """Asks over one connection, which is taken up again while there is time."""

    def __init__(self, url: str, deadline_s: float, api_key: str | None) -> None:
        """`api_key` goes with each. Raises: UnauthorizedError for what can't be a key."""
        self._authorization: Headers = bearer(api_key)
        self._deadline_s = deadline_s
        self._taken_by = TakenBy()
        self.link = NatsLink(url)

    def within(self, deadline_s: float) -> Self:
        """The same, on the same connection, with another deadline."""
        other = copy.copy(self)
        other._deadline_s = deadline_s
        return other

    async def room(self, headers: Headers) -> int:
        """Bytes that a payload may have beside these headers; both count towards the limit."""
        connection = await self.link.connection()
        return connection.max_payload - header_bytes(headers | self._authorization)

    async def timed(self, ask: Callable[[], Awaitable[T]], change: Change | None = None) -> T:
        """What `ask` returns; it sends the change, if one is given.

        Raises: DeadlineError, UnavailableError and what `ask` raises.
        """
        told = _give_up_at.set(asyncio.get_running_loop().time() + self._deadline_s * _TOLD)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await ask()
        except (TimeoutError, DeadlineError) as over:
            no_answer = f"no answer within {self._deadline_s:g} s"
            late: LookalikeError = DeadlineError(no_answer)
            if isinstance(over, DeadlineError):
                late.request_id = over.request_id
            if not self.link.has_stood:
                late = UnavailableError(cant_reach(self.link.address, no_answer))
            elif not self.link.is_up:
                late = UnreachableError(f"lost the NATS server at {self.link.address}")
            raise (with_unknown_end(late) if change and change.has_left else late) from None
        finally:
            _give_up_at.reset(told)

    async def ask(
        self,
        subject: str,
        payload: bytes,
        headers: Headers,
        reply_type: type[R],
        change: Change | None = None,
    ) -> R:
        """Ask, within `timed`, until there is an answer; a change is sent once at most.

        What two workers took and were gone is not given to a third: it may be what ends them.
        """
        give_up_at = _give_up_at.get()
        was_lost, workers_gone = False, 0
        while True:
            connection = await self.link.connection()
            left_s = max(give_up_at - asyncio.get_running_loop().time(), 1e-3)
            told = headers | {schemas.DEADLINE_HEADER: f"{left_s:.3f}"} | self._authorization
            try:
                sent = self._send(connection, subject, payload, told, change)
                answer = await self.link.unless_lost(sent)
                return read_answer(answer, reply_type)
            except NoRespondersError:
                if not was_lost:
                    raise UnreachableError(f"no service listens on {self.link.address}") from None
                if change:
                    change.has_left = False  # to nobody
                await asyncio.sleep(_AGAIN_EVERY_S)  # a worker comes back a little after its server
            except MaxPayloadError:
                raise BadRequestError("the request is above what the NATS server takes") from None
            except (ConnectionLostError, WorkerGoneError, NatsError) as problem:
                if isinstance(problem, TimeoutError):
                    raise
                workers_gone += isinstance(problem, WorkerGoneError)
                if change and change.has_left:
                    gone = isinstance(problem, WorkerGoneError)
                    what = "the worker that took it is gone" if gone else "the connection broke"
                    raise with_unknown_end(UnavailableError(what)) from None
                if workers_gone > 1:
                    raise UnavailableError("the workers that took it are gone") from None
                was_lost = True
                if isinstance(problem, NatsError):
                    await asyncio.sleep(_AGAIN_EVERY_S)  # it may be of this side, and come at once

    async def _send(
        self,
        connection: Client,
        subject: str,
        payload: bytes,
        headers: Headers,
        change: Change | None,
    ) -> Msg:
        """The answer. Raises: WorkerGoneError where the worker that took the request is gone."""
        async with self._taken_by.one(connection) as taken:
            told = headers | {TAKEN_HEADER: taken.subject}
            if change:
                change.has_left = True
            asking = connection.request(subject, payload, timeout=self._deadline_s, headers=told)
            return await unless(taken.gone(), WorkerGoneError, asking)


class AsksOverNats:
    """What the clients over NATS share; used as an async context manager."""

    def __init__(
        self,
        url: str = DEFAULT_NATS_URL,
        *,
        deadline_s: float = 10.0,
        api_key: str | None = None,
    ) -> None:
        """`url` as nats://host:4222, tls://host:4222, with TOKEN@ or USER:PASSWORD@ for a login.

        `api_key` goes with each request. Raises: UnauthorizedError for what can't be a key.
        """
        self._questions = NatsQuestions(url, deadline_s, api_key)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._questions.link.close()
