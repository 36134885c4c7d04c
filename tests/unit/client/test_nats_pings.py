"""A slow connection to NATS stands, and a dead one is noticed."""

from __future__ import annotations

import asyncio

import pytest
from nats.aio.client import Client

from lookalike.client.nats_link import open_connection
from lookalike.client.nats_pings import PatientClient
from tests.fake_nats_server import FakeNatsServer

PING_EVERY_S = 0.1
CHUNK_BYTES = 256 * 1024
LARGE = b"x" * 7_900_000
"""More than the system takes to send by itself, and of 30 chunks."""


class TellingClient(PatientClient):
    """Says when it has sent a ping."""

    def __init__(self) -> None:
        super().__init__()
        self.pinged: asyncio.Queue[None] = asyncio.Queue()

    async def _send_ping(self, future: asyncio.Future[bool] | None = None) -> None:
        await super()._send_ping(future)
        self.pinged.put_nowait(None)


async def test_a_large_message_goes_out_over_many_pings_none_of_which_is_answered() -> None:
    connection = TellingClient()
    arrived = bytearray()

    async def read_slowly(reader: asyncio.StreamReader) -> None:
        await reader.readuntil(b"PUB photo ")
        await reader.readline()
        while len(arrived) < len(LARGE):
            await connection.pinged.get()
            more = min(CHUNK_BYTES, len(LARGE) - len(arrived))
            arrived.extend(await reader.readexactly(more))

    server = FakeNatsServer(read_slowly)
    async with server.listening() as url:
        await connection.connect(url, ping_interval=PING_EVERY_S)  # type: ignore[arg-type]
        try:
            publishing = asyncio.create_task(connection.publish("photo", LARGE))
            async with asyncio.timeout(20):
                await asyncio.gather(publishing, *server.serving)
            assert (bytes(arrived) == LARGE, connection.stats["reconnects"]) == (True, 0)
        finally:
            await connection.close()


async def test_a_server_that_talks_is_alive_whatever_it_leaves_unanswered() -> None:
    connection = TellingClient()
    server = FakeNatsServer()
    async with server.listening() as url:
        await connection.connect(url, ping_interval=PING_EVERY_S)  # type: ignore[arg-type]
        try:
            answering = await server.connections.get()
            for _ in range(8):
                async with asyncio.timeout(10):
                    await connection.pinged.get()
                    answering.write(b"+OK\r\n")
            assert connection.stats["reconnects"] == 0
        finally:
            await connection.close()


@pytest.mark.parametrize("waiting", [b"", LARGE], ids=["nothing", "a large message"])
async def test_a_connection_on_which_nothing_moves_is_taken_up_anew_whatever_waits(
    waiting: bytes,
) -> None:
    seen = asyncio.Event()

    async def read_nothing(_: asyncio.StreamReader) -> None:
        await seen.wait()

    server = FakeNatsServer(read_nothing)
    async with server.listening() as url:
        connection: Client = await open_connection(url, name="test", ping_every_s=PING_EVERY_S)
        sending = asyncio.create_task(connection.publish("photo", waiting))
        try:
            async with asyncio.timeout(15):
                await server.connections.get()
                await server.connections.get()
        finally:
            seen.set()
            sending.cancel()
            await connection.close()
