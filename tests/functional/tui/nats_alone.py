"""As much of a NATS server as tells a client that nobody listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_INFO: Final = json.dumps(
    {"server_id": "S", "version": "2.10.0", "proto": 1, "headers": True, "max_payload": 1 << 20}
)
_NOBODY: Final = b"NATS/1.0 503\r\n\r\n"
"""Source: NATS ADR-4, no responders."""


@asynccontextmanager
async def nats_server_alone() -> AsyncIterator[str]:
    """Serve until the block ends; its address."""
    server = await asyncio.start_server(_serve, "127.0.0.1", limit=1 << 22)
    async with server:
        yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _serve(client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
    answers.write(f"INFO {_INFO}\r\n".encode())
    inboxes: dict[str, str] = {}
    while line := (await client.readline()).decode():
        match line.split():
            case ["PING"]:
                answers.write(b"PONG\r\n")
            case ["SUB", subject, sid]:
                inboxes[subject.removesuffix("*")] = sid
            case ["HPUB", _, reply, _, size]:
                await client.readexactly(int(size) + 2)
                sid = next(sid for inbox, sid in inboxes.items() if reply.startswith(inbox))
                head = f"HMSG {reply} {sid} {len(_NOBODY)} {len(_NOBODY)}\r\n"
                answers.write(head.encode() + _NOBODY + b"\r\n")
    answers.close()
