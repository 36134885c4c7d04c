"""A NATS server of each test's own, a plain client that is not ours, and the ends of jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from nats.aio.client import Client

from deployments.nats_server import NatsServer
from tests.functional.jobs_door import Ends, ends_heard_by
from tests.functional.nats_door import plain_client
from tests.nats_servers import nats_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path) as server:
        yield server


@pytest.fixture
async def client(server: NatsServer) -> AsyncIterator[Client]:
    async with plain_client(server) as client:
        yield client


@pytest.fixture
async def ends(client: Client) -> AsyncIterator[Ends]:
    async with ends_heard_by(client) as ends:
        yield ends
