"""Whether there is no service at an address, or one that can't be used."""

from __future__ import annotations

import asyncio
import socket

import pytest

from lookalike.client.nats_link import open_connection
from lookalike.client.unreachable import UnreachableError
from lookalike.contract.errors import UnavailableError


async def test_a_port_that_lets_in_and_does_not_greet_is_no_missing_service() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        async with asyncio.timeout(20):
            with pytest.raises(UnavailableError, match=r"no answer within 2 s$") as refused:
                await open_connection(url, name="test")
    assert not isinstance(refused.value, UnreachableError)


async def test_a_port_on_which_nobody_listens_is_a_missing_service() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError):
            await open_connection(f"nats://127.0.0.1:{closed.getsockname()[1]}", name="test")
