"""Tells who asked which worker took the request, so that they notice when it is gone.

A killed worker's requests would otherwise wait out their deadline: NATS says when nobody listens on
a subject, but not that a request was delivered to somebody who died with it.
"""

from __future__ import annotations

import logging
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError

from lookalike.contract.subjects import TAKEN_HEADER
from worker.inboxes import is_inbox
from worker.messages import Message

_ANSWERS_BEFORE_IT_GOES: Final = b""
_log = logging.getLogger(__name__)


class TakenNotices:
    """The notices of one connection; `instance` is the micro service's id there."""

    def __init__(self, connection: Client, instance: str) -> None:
        self._connection = connection
        self._instance = instance
        self._open: set[str] = set()
        self._leaving = False

    async def taken(self, message: Message) -> None:
        """Say that this worker has the request, where its sender wants to know."""
        subject = self._subject(message)
        if subject is not None:
            self._open.add(subject)
            await self._say(subject)

    def done(self, message: Message) -> None:
        """The request is answered."""
        self._open.discard(self._subject(message) or "")

    async def leave(self) -> None:
        """Say to all who wait that this worker can't be found any more, and answers nevertheless.

        Call before the service's subscriptions end.
        """
        self._leaving = True
        for subject in tuple(self._open):
            await self._say(subject)

    def _subject(self, message: Message) -> str | None:
        subject = message.header(TAKEN_HEADER)
        return subject if subject is not None and is_inbox(subject) else None

    async def _say(self, subject: str) -> None:
        what = _ANSWERS_BEFORE_IT_GOES if self._leaving else self._instance.encode()
        try:
            await self._connection.publish(subject, what)
        except NatsError as error:  # the answer itself is what counts
            _log.debug("who took a request could not be told: %s", error)
