"""What stands in for a NATS server where a test says what it does, and what it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

_BUFFER_BYTES: Final = 64 * 1024


class FakeNatsServer:
    """Greets, answers the first ping of a connection, and says what it is told."""

    def __init__(
        self, then: Callable[[asyncio.StreamReader], Awaitable[None]] | None = None
    ) -> None:
        """`then` does with a connection what else is to be done; None: it hears pongs."""
        self.connections: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        self.pongs: asyncio.Queue[None] = asyncio.Queue()
        self._then = then or self._hear_pongs
        self.serving: list[asyncio.Task[None]] = []

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"max_payload":8000000}\r\n')
        with contextlib.suppress(ConnectionError):  # clients leave in a hurry
            async with asyncio.timeout(20):
                if await self._greeted(reader):
                    writer.write(b"PONG\r\n")
                    self.connections.put_nowait(writer)
                    await self._then(reader)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _greeted(self, reader: asyncio.StreamReader) -> bool:
        """Whether the client stays for its first ping."""
        try:
            await reader.readuntil(b"PING\r\n")
        except asyncio.IncompleteReadError:
            return False
        return True

    async def _hear_pongs(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            if line == b"PONG\r\n":
                self.pongs.put_nowait(None)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its address; whoever connected has left afterwards."""
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        # What waits to be sent waits with the sender.
        listener.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        async with listener:
            yield f"nats://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            await asyncio.gather(*self.serving)
