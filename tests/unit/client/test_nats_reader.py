"""A client of NATS goes on reading, whatever comes and however it is cut up."""

from __future__ import annotations

import asyncio

import pytest
from nats.errors import FlushTimeoutError, ProtocolError

from lookalike.client.nats_link import open_connection
from lookalike.client.nats_reader import MessageParser
from tests.fake_nats_server import FakeNatsServer

Read = tuple[int, bytes, bytes, bytes, bytes]


class Reader:
    """Takes what the parser hands on."""

    def __init__(self) -> None:
        self.messages: list[Read] = []
        self.pings = 0

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes
    ) -> None:
        self.messages.append((sid, subject, reply, data, headers))

    async def _process_ping(self) -> None:
        self.pings += 1


async def test_messages_are_the_same_wherever_they_are_cut() -> None:
    stream = (
        b"MSG a.b 7 6\r\nMSG \r\n\r\nPING\r\nMSG c\x0b9 8 _INBOX.x\x0c1 0\r\n\r\n"
        b"HMSG d 9 12 15\r\nNATS/1.0\r\n\r\nxyz\r\nHMSG\te  10 r 12 12\r\nNATS/1.0\r\n\r\n\r\n"
    )
    for cut in range(len(stream)):
        reader = Reader()
        parser = MessageParser(reader)
        await parser.parse(stream[:cut])
        await parser.parse(stream[cut:])
        assert reader.messages == [
            (7, b"a.b", b"", b"MSG \r\n", b""),
            (8, b"c\x0b9", b"_INBOX.x\x0c1", b"", b""),
            (9, b"d", b"", b"xyz", b"NATS/1.0\r\n\r\n"),
            (10, b"e", b"r", b"", b"NATS/1.0\r\n\r\n"),
        ]
        assert reader.pings == 1


@pytest.mark.parametrize("head", [b"MSG a 1", b"MSG a one 5", b"HMSG a 1 2 much", b"NONSENSE"])
async def test_what_no_server_says_is_an_error(head: bytes) -> None:
    with pytest.raises(ProtocolError):
        await MessageParser(Reader()).parse(head + b"\r\n")


async def test_an_answer_for_which_nobody_waits_any_more_ends_no_reading() -> None:
    server = FakeNatsServer()
    async with server.listening() as url:
        connection = await open_connection(url, name="test")
        try:
            answering = await server.connections.get()
            with pytest.raises(FlushTimeoutError):
                await connection.flush(timeout=0.01)  # type: ignore[arg-type]
            answering.write(b"PONG\r\nPING\r\n")
            async with asyncio.timeout(10):
                await server.pongs.get()
            assert connection.stats["reconnects"] == 0
        finally:
            await connection.close()


async def test_where_reading_ends_unforeseen_the_connection_is_taken_up_anew() -> None:
    server = FakeNatsServer()
    async with server.listening() as url:
        connection = await open_connection(url, name="test")
        try:
            (await server.connections.get()).write(b"INFO {\r\n")
            async with asyncio.timeout(10):
                (await server.connections.get()).write(b"PING\r\n")
                await server.pongs.get()
        finally:
            await connection.close()
