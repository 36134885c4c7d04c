"""A connection to NATS that no message ends, whoever sent it.

A server passes on what a sender wrote: subjects that are not UTF-8, header blocks of one byte.
nats-py stops reading at the first of them, silently, and takes up the connection minutes later.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Final

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import ProtocolError
from nats.js.api import Header
from nats.protocol.parser import Parser

UNREADABLE_HEADER: Final = "Lookalike-Unreadable"
"""The one header of a stored message that can't be read, which is handed on to be taken away."""
_STORED: Final = b"$JS.ACK."
"""How the reply of each message begins that JetStream delivers. Source: NATS ADR-15."""
_END: Final = b"\r\n"
_GAP: Final = re.compile(rb"[ \t]+")
_log = logging.getLogger(__name__)


class UnreadableMessageError(NatsError):
    """A message was lost, as nats-py can't read it."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The line before a message's content."""

    subject: bytes
    sid: int
    reply: bytes
    header_bytes: int
    content_bytes: int

    @classmethod
    def of(cls, line: bytes) -> _Head | None:
        """What a line says; None where no content follows. Raises: ProtocolError.

        Source: NATS client protocol, MSG and HMSG.
        """
        kind, *told = _GAP.split(line)
        sizes = {b"MSG": 1, b"HMSG": 2}.get(kind)
        if sizes is None:
            return None
        try:
            subject, sid, *reply = told[:-sizes]
            numbers = [int(size) for size in told[-sizes:]]
            return cls(subject, int(sid), b"".join(reply), sum(numbers[:-1]), numbers[-1])
        except ValueError:
            raise ProtocolError("a message's head is malformed") from None


class MessageParser(Parser):
    """nats-py's parser, but for the heads of messages.

    Its own takes a vertical tab for a gap, which senders may have in a subject: such a message
    broke the connection, or came to a subscription of the sender's choice.
    """

    def reset(self) -> None:
        """Forget what came over an earlier connection."""
        super().reset()
        self._unread = bytearray()
        self.read_bytes = 0
        self._head: _Head | None = None

    async def parse(self, data: bytes = b"") -> None:
        """Hand on each message that is there as a whole. Raises: ProtocolError."""
        self._unread += data
        self.read_bytes += len(data)
        while True:
            if self._head is not None:
                if len(self._unread) < self._head.content_bytes + len(_END):
                    return
                await self._end_message(self._head)
                continue
            end = self._unread.find(_END)
            if end < 0:
                return
            line = bytes(self._unread[:end])
            del self._unread[: end + len(_END)]
            self._head = _Head.of(line)
            if self._head is None:
                await super().parse(line + _END)

    async def _end_message(self, head: _Head) -> None:
        headers = bytes(self._unread[: head.header_bytes])
        payload = bytes(self._unread[head.header_bytes : head.content_bytes])
        del self._unread[: head.content_bytes + len(_END)]
        self._head = None
        await self.nc._process_msg(head.sid, head.subject, head.reply, payload, headers)


class ReadingClient(Client):
    """Goes on reading: a message that can't be read is lost alone, and told of once.

    One that JetStream stores would be delivered again and again, so it is handed on, with its
    content and UNREADABLE_HEADER alone.
    """

    def __init__(self) -> None:
        super().__init__()
        self._ps = self._parser = MessageParser(self)
        self._told = False

    @property
    def read_bytes(self) -> int:
        """How many came over the connection as it stands."""
        return self._parser.read_bytes

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        try:
            await super()._process_msg(sid, subject, reply, data, headers)
        except Exception as problem:  # whatever a message brings about, the next one is read
            why = type(problem).__name__
            if reply.startswith(_STORED):
                alone = f"NATS/1.0\r\n{UNREADABLE_HEADER}: {why}\r\n\r\n".encode()
                subject, reply = _escaped(subject), _escaped(reply)
                await super()._process_msg(sid, subject, reply, data, alone)
            else:
                await self._tell(sid, why)

    def _build_message(
        self,
        sid: int,
        subject: bytes,
        reply: bytes,
        data: bytes,
        headers: dict[str, str] | None,
    ) -> Msg:
        if headers and reply.startswith(_STORED):
            headers.pop(Header.STATUS, None)  # its sender's, by which nats-py would throw it away
        message: Msg = super()._build_message(sid, subject, reply, data, headers)
        return message

    async def _tell(self, sid: int, why: str) -> None:
        subscription = self._subs.get(sid)
        on = subscription.subject if subscription else "a subscription that has ended"
        problem = UnreadableMessageError(f"a message on {on} is lost, as it can't be read: {why}")
        if self._told:
            _log.debug("%s", problem)
            return
        self._told = True
        await self._error_cb(problem)

    async def _process_pong(self) -> None:
        """Whoever waited for it may have given up, at which nats-py would stop reading."""
        if self._pongs and self._pongs[0].done():
            self._pongs[0] = asyncio.get_running_loop().create_future()
        await super()._process_pong()

    async def _read_loop(self) -> None:
        """Where reading ends by anything unforeseen, the connection is taken up anew."""
        await super()._read_loop()
        task = asyncio.current_task()
        ended_by_us = task is not None and task.cancelling() > 0
        if self.is_connected and not self.is_draining and not ended_by_us:
            await self._process_op_err(NatsError("reading ended"))


def _escaped(name: bytes) -> bytes:
    return name.decode(errors="backslashreplace").encode()
