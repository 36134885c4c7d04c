"""When a connection to NATS is taken for dead: where nothing moves on it, and not where it is slow.

nats-py asks a server by pings, each of which waits behind all that is still to be sent, and counts
those without an answer: an upload that took longer than three of them was cut and begun again.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from nats.errors import StaleConnectionError

from lookalike.client.nats_reader import ReadingClient


class PatientClient(ReadingClient):
    """Takes no connection for dead on which bytes came since the last ping, or a backlog shrank.

    What has gone out as a whole is no sign of life: it may lie with a server that does not read.
    """

    async def _ping_interval(self) -> None:
        """As nats-py's own, but for what it takes for an answer.

        Source: nats-py 2.16, `Client._ping_interval`.
        """
        read_bytes, unsent_bytes = self.read_bytes, self._unsent_bytes()
        while True:
            await asyncio.sleep(self.options["ping_interval"])
            if not self.is_connected:
                continue
            if self.read_bytes > read_bytes or 0 < self._unsent_bytes() < unsent_bytes:
                self._pings_outstanding = 0
            self._pings_outstanding += 1
            if self._pings_outstanding > self.options["max_outstanding_pings"]:
                await self._take_up_anew()
                return
            try:
                await self._send_ping()
            except (RuntimeError, AttributeError):
                return
            read_bytes, unsent_bytes = self.read_bytes, self._unsent_bytes()

    async def _take_up_anew(self) -> None:
        """Without waiting until what was to be sent is sent, as closing does."""
        await self._process_op_err(StaleConnectionError())
        writer = self._tcp_writer()
        if writer is not None:
            writer.transport.abort()

    def _unsent_bytes(self) -> int:
        """What was handed over to be sent and has not arrived, be it with the system by now."""
        writer = self._tcp_writer()
        if writer is None:
            return 0
        return writer.transport.get_write_buffer_size() + _in_the_system(writer)

    def _tcp_writer(self) -> asyncio.StreamWriter | None:
        """The one below TLS, where encrypted bytes wait; None of a websocket."""
        writer: asyncio.StreamWriter | None = getattr(self._transport, "_bare_io_writer", None)
        return writer


def _in_the_system(writer: asyncio.StreamWriter) -> int:
    """What the other end has not acknowledged; megabytes of it make an upload slow. Linux tells.

    Source: tcp(7), SIOCOUTQ, which is TIOCOUTQ.
    """
    if sys.platform == "linux":
        import fcntl
        import termios

        with contextlib.suppress(OSError, ValueError):  # closed meanwhile
            told = fcntl.ioctl(writer.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
            return int.from_bytes(told, sys.byteorder)
    return 0
