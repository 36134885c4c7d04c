"""Where the NATS server says that it listens, which decides whether its door asks for keys."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from deployments.errors import ServiceError
from deployments.local_service import LocalService
from deployments.nats_server import NatsServer, listens_on
from deployments.ports import free_port
from deployments.settings import AccessArgs, GatewayArgs
from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope
from lookalike.client.http import HttpSearchClient
from lookalike.contract.errors import UnavailableError
from tests.fakes import FakeSegmenter
from tests.functional.http_door import http_service
from tests.nats_servers import NATS_CONFIG, nats_server
from worker.app import build
from worker.http_backend import HttpBackend
from worker.listening import (
    UNKNOWN,
    check_may_hand_on,
    listening_host,
    listening_host_once_there,
)
from worker.settings import NatsArgs, WorkerArgs

CONFIG = {"applications": [{"import_path": "worker.app:build", "args": {}}]}


@pytest.fixture
def open_server(tmp_path: Path) -> Iterator[NatsServer]:
    """One that listens on all interfaces."""
    config = tmp_path / "open.conf"
    config.write_text('host: "0.0.0.0"\n')
    with nats_server(tmp_path, config) as server:
        yield server


def test_a_server_on_all_interfaces_is_not_on_loopback_because_it_is_reached_there(
    open_server: NatsServer, tmp_path: Path
) -> None:
    for host in ("127.0.0.1", "localhost", "127.0.0.2"):
        url = f"nats://{host}:{open_server.port}"
        assert listening_host(NatsArgs(url=url)) == "0.0.0.0"
    assert open_server.listens_on == "0.0.0.0"
    keyless = GatewayArgs(access=AccessArgs(keys_file=tmp_path / "keys.json"))
    with pytest.raises(ServiceError, match=r"listens on 0\.0\.0\.0 and asks for API keys"):
        build(WorkerArgs(gateway=keyless, nats=NatsArgs(url=open_server.url)))


def test_one_on_loopback_says_so(server: NatsServer) -> None:
    assert listening_host(NatsArgs(url=server.url)) == server.listens_on == "127.0.0.1"


def test_settings_and_other_machines_addresses_are_taken_as_they_are() -> None:
    nowhere = f"nats://127.0.0.1:{free_port()}"
    assert listening_host(NatsArgs(url=nowhere, bound_to="192.0.2.7")) == "192.0.2.7"
    assert listening_host(NatsArgs(url="nats://login:secret@nats.example:1")) == "nats.example"


def test_no_part_of_a_login_is_taken_for_the_host() -> None:
    with pytest.raises(
        UnavailableError, match=r"the login in the address of nats://127\.0\.0\.1:4222"
    ):
        listening_host(NatsArgs(url="nats://s3cretTOK/en@127.0.0.1:4222"))


def test_a_server_whose_own_login_fits_no_address_is_not_started(tmp_path: Path) -> None:
    login = {"LOOKALIKE_NATS_USER": "svc", "LOOKALIKE_NATS_PASSWORD": "pa/ss"}
    with (
        pytest.raises(ServiceError, match=r"the login in the address of nats://127\.0\.0\.1:"),
        nats_server(tmp_path, env=login),
    ):
        pass


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"INFO {}\r\n", b""])
def test_what_does_not_say_it_may_be_reached_by_others(greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            with listening.accept()[0] as caller:
                caller.sendall(greeting)

        greeter = Thread(target=greet)
        greeter.start()
        url = f"nats://127.0.0.1:{listening.getsockname()[1]}"
        assert listening_host(NatsArgs(url=url)) == UNKNOWN
        greeter.join()


async def test_a_server_that_is_away_is_asked_once_it_is_there(tmp_path: Path) -> None:
    server = NatsServer(NATS_CONFIG, tmp_path / "nats", port=0)
    args = NatsArgs(url=server.url)
    with pytest.raises(ConnectionRefusedError):
        listening_host(args)
    asking = asyncio.create_task(listening_host_once_there(args))
    try:
        await asyncio.to_thread(server.start)
        assert await asking == "127.0.0.1"
    finally:
        server.stop()


def test_a_service_takes_its_own_servers_word_and_no_absent_ones(
    server: NatsServer, tmp_path: Path
) -> None:
    log = tmp_path / "serve.log"
    assert LocalService(CONFIG, log, nats=server)._nats_host() == "127.0.0.1"
    assert LocalService(CONFIG, log, nats=server.url)._nats_host() == "127.0.0.1"
    server.kill()
    assert LocalService(CONFIG, log, nats=server)._nats_host() == "127.0.0.1"
    assert LocalService(CONFIG, log, nats=server.url)._nats_host() is None
    with pytest.raises(ConnectionRefusedError):
        listens_on(server.url)


@pytest.mark.parametrize("guarded", [True, False])
async def test_a_worker_elsewhere_opens_no_open_service_to_others(
    open_server: NatsServer, tmp_path: Path, guarded: bool
) -> None:
    gate = Gate(AccessRules(frozenset(Scope) if guarded else frozenset()), KeyRing(tmp_path / "k"))
    args = NatsArgs(url=open_server.url)
    async with (
        http_service(FakeSegmenter(), tmp_path, gate=gate) as url,
        HttpSearchClient(url) as client,
    ):
        if guarded:
            await check_may_hand_on(args, HttpBackend(client))
        else:
            with pytest.raises(ServiceError, match="others reach the NATS server"):
                await check_may_hand_on(args, HttpBackend(client))
