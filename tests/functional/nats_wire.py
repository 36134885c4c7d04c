"""NATS as it is written on the wire, for messages that no client library sends."""

from __future__ import annotations

import asyncio

from deployments.nats_server import NatsServer


def pub(subject: bytes, payload: bytes = b"", *, reply: bytes = b"") -> bytes:
    """A message without headers."""
    return b"PUB %s %s %d\r\n%s\r\n" % (subject, reply, len(payload), payload)


def hpub(subject: bytes, headers: bytes, payload: bytes = b"", *, reply: bytes = b"") -> bytes:
    """One with headers."""
    sizes = len(headers), len(headers) + len(payload)
    return b"HPUB %s %s %d %d\r\n%s%s\r\n" % (subject, reply, *sizes, headers, payload)


async def sent(server: NatsServer, *messages: bytes) -> None:
    """Send these; the server has passed them on afterwards."""
    await told(server, b"".join(messages) + b"PING\r\n", until=b"PONG\r\n")


async def told(server: NatsServer, what: bytes, *, until: bytes) -> bytes:
    """What the server says to that, up to a certain word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n' + what)
        async with asyncio.timeout(10):
            return await reader.readuntil(until)
    finally:
        writer.close()
        await writer.wait_closed()
