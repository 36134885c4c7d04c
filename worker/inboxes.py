"""Answers go to inboxes alone, whatever subject a request names for its answer.

A worker may publish anywhere, and NATS checks no permission of the one who names the subject: a
user that may do nothing but ask could have an answer delete jobs, by naming JetStream's API.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

_INBOX: Final = re.compile(r"(_INBOX[A-Za-z0-9_-]{0,64}|_R_)(\.[A-Za-z0-9_-]{1,64}){1,5}")
"""Source: NATS, request-reply; `_INBOX_name` is how its documentation names private ones, `_R_` how
the server, and nobody else, names the inbox of another account."""
_log = logging.getLogger(__name__)


def is_inbox(subject: str) -> bool:
    """Whether a subject is one that clients of NATS make up for their answers."""
    return _INBOX.fullmatch(subject) is not None


class AnsweringInboxes:
    """A connection for a micro service: requests that want their answer elsewhere are dropped."""

    def __init__(self, connection: Client) -> None:
        self._connection = connection
        self._told = False
        self._subscriptions: list[Subscription] = []

    @property
    def client(self) -> Client:
        """The connection, for who asks for a client of nats-py's."""
        return cast(Client, self)

    async def leave(self) -> None:
        """Have nothing more sent here, and take up what has been. Raises: nats.errors.Error.

        The connection stays, and whatever else is heard on it.
        """
        await asyncio.gather(
            *(one.drain() for one in self._subscriptions)  # type: ignore[no-untyped-call]
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def subscribe(
        self, subject: str, *, cb: Callable[[Msg], Awaitable[None]], **options: Any
    ) -> Subscription:
        async def callback(message: Msg) -> None:
            if not message.reply or is_inbox(message.reply):
                await cb(message)
            else:
                self._tell(message)

        subscription = await self._connection.subscribe(subject, cb=callback, **options)
        self._subscriptions.append(subscription)
        return subscription

    def _tell(self, message: Msg) -> None:
        level = logging.DEBUG if self._told else logging.WARNING
        self._told = True
        _log.log(
            level,
            "dropped a request on %s: its answer is wanted on %r, which is no inbox (_INBOX.…)",
            message.subject,
            message.reply,
        )
