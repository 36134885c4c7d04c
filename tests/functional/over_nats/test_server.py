"""deploy/nats.conf as it is shipped, and with the TLS that it describes."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deployments.errors import ServiceError
from deployments.nats_server import NatsServer
from lookalike.client.nats import NatsSearchClient
from lookalike.contract.errors import UnavailableError
from tests.certificates import certificate_for_loopback
from tests.fakes import FakeSegmenter
from tests.functional.nats_door import plain_client, worker_over
from tests.nats_servers import NATS_CONFIG, nats_server, with_mark
from tests.unit.deployments.test_parent import wait_until_gone


async def test_as_shipped_it_listens_on_loopback_with_jetstream_and_8_mb(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with plain_client(server) as client:
            assert client.max_payload == 8 * 1024 * 1024
            assert (await client.jetstream().account_info()).limits.max_storage != 0
        outside = socket.gethostbyname(socket.gethostname())
        if outside != "127.0.0.1":
            with socket.socket() as probe:
                assert probe.connect_ex((outside, server.port)) != 0
        assert (tmp_path / "nats" / "jetstream").is_dir()


async def test_with_tls_worker_and_client_check_the_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = certificate_for_loopback(tmp_path)
    paths = {"LOOKALIKE_NATS_CERT": str(certificate), "LOOKALIKE_NATS_KEY": str(key)}
    with nats_server(tmp_path, with_mark(tmp_path, "tls"), paths) as server:
        assert server.url == f"tls://127.0.0.1:{server.port}"
        async with NatsSearchClient(server.url) as client:
            with pytest.raises(UnavailableError, match="certificate"):
                await client.ready()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with worker_over(FakeSegmenter(), server), NatsSearchClient(server.url) as client:
            assert (await client.ready()).products == 30


def test_a_taken_port_is_told_with_the_way_out(tmp_path: Path) -> None:
    with nats_server(tmp_path) as running:
        second = NatsServer(NATS_CONFIG, tmp_path / "second", port=running.port)
        with pytest.raises(ServiceError, match=r"taken.*--nats-port.*--nats-url"):
            second.start()


def test_a_configuration_that_is_wrong_is_told(tmp_path: Path) -> None:
    config = tmp_path / "nats.conf"
    config.write_text("max_payload: lots\n")
    server = NatsServer(config, tmp_path / "nats", port=0)
    with pytest.raises(ServiceError, match=r"nats\.conf:1"):
        server.start()


async def test_a_killed_server_comes_back_with_what_its_store_acknowledged(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        async with plain_client(server) as client:
            await client.jetstream().add_stream(name="kept", subjects=["kept.*"])
            stored = await client.jetstream().publish("kept.one", b"1")
        server.kill()
        server.keep_alive()
        async with plain_client(server) as client:
            again = await client.jetstream().get_msg("kept", stored.seq)
    assert again.data == b"1"


async def test_a_server_that_a_thread_started_anew_outlives_that_thread(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        server.kill()
        thread = threading.Thread(target=server.keep_alive)
        thread.start()
        wait_until_gone(thread)
        async with plain_client(server) as client:
            await client.flush()
            assert client.is_connected


WRONG = "max_payload: lots"
ELSEWHERE = 'host: "127.0.0.2"'
"""It starts, but greets nobody where it is looked for."""


@pytest.fixture
def server_killed(tmp_path: Path) -> Iterator[NatsServer]:
    """One that has ended, and has little time to greet when it is started anew."""
    with nats_server(tmp_path, with_mark(tmp_path)) as server:
        server.kill()
        server.start_timeout_s = 0.5
        yield server


@pytest.mark.parametrize("trouble", [WRONG, ELSEWHERE])
def test_a_server_that_does_not_come_back_is_started_anew_until_that_is_hopeless(
    tmp_path: Path, server_killed: NatsServer, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "nats.conf").write_text(trouble)
    for tries in (1, 2):
        server_killed.keep_alive()
        assert len(caplog.messages) == tries
    with pytest.raises(ServiceError, match=r"did not start|not ready"):
        server_killed.keep_alive()


@pytest.mark.parametrize("trouble", [WRONG, ELSEWHERE])
async def test_a_server_that_comes_back_late_is_back(
    tmp_path: Path, server_killed: NatsServer, trouble: str
) -> None:
    (tmp_path / "nats.conf").write_text(trouble)
    for _ in range(2):
        server_killed.keep_alive()
    with_mark(tmp_path)
    server_killed.start_timeout_s = 15.0
    server_killed.keep_alive()
    pid = server_killed.pid
    async with plain_client(server_killed) as client:
        assert client.is_connected
    server_killed.keep_alive()
    assert server_killed.pid == pid


def test_it_shares_its_starters_session_but_not_its_ctrl_c(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        assert os.getsid(server.pid) == os.getsid(0)
        assert os.getpgid(server.pid) != os.getpgid(0)
