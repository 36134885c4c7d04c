"""What a service refuses before anything of it runs."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployments import ports
from deployments.errors import ServiceError
from deployments.folder_lock import FolderLock
from deployments.local_service import LocalService
from deployments.nats_server import NATS_CONFIG, NatsServer, wait_until_there
from deployments.ports import free_port, free_ports
from deployments.workers import WORKERS

STAGES: dict[str, Any] = {"import_path": "nothing.is_here:build"}
CONFIG: dict[str, Any] = {"applications": [STAGES]}
GUARDED: dict[str, Any] = {"applications": [{**STAGES, "args": {"gateway": {}}}]}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "data" / "serve.log"


def is_free(log: Path) -> bool:
    lock = FolderLock(log.with_suffix(".lock"))
    try:
        lock.take()
    except ServiceError:
        return False
    lock.release()
    return True


@pytest.mark.parametrize("host", ["::", "::1", "[::1]", "2001:db8::7"])
def test_an_address_of_ipv6_is_refused_before_keys_are_asked_for(host: str, log: Path) -> None:
    with pytest.raises(ServiceError, match=r"IPv4.*reverse proxy"):
        LocalService(GUARDED, log, port=0, host=host).start_ray()
    assert not log.parent.exists()


@pytest.mark.parametrize("host", ["192.0.2.7", "no name at all"])
def test_an_address_of_another_machine_is_refused(host: str, log: Path) -> None:
    service = LocalService(CONFIG, log, port=0, host=host)
    with pytest.raises(ServiceError, match=f"can't listen on {host}.*--host"):
        service.start_ray()
    assert not log.exists()


def test_a_folder_for_log_lines_is_told(log: Path) -> None:
    service = LocalService(CONFIG, log, port=0, env={"LOOKALIKE_LOG": str(log.parent.parent)})
    with pytest.raises(ServiceError, match=r"LOOKALIKE_LOG=.*: that is a folder"):
        service.start_ray()
    assert not log.exists()


def test_a_taken_port_is_told_with_its_option(log: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port} is taken.*--port"):
            LocalService(CONFIG, log, port=port).start_ray()
        service = LocalService(CONFIG, log, port=free_port(), metrics_port=port)
        with pytest.raises(ServiceError, match=f"port {port} is taken.*--metrics-port"):
            service.start_ray()


def test_ports_that_it_draws_are_none_of_those_that_it_is_told(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = free_ports(140)
    monkeypatch.setattr(ports, "_UNASKED_FOR", row)
    workers = {"applications": [{"import_path": WORKERS}]}
    for port, metrics_port in ((row[8], 0), (0, row[8])) * 8:
        service = LocalService(workers, log, port=port, metrics_port=metrics_port)
        assert service.nats is not None
        of_service = {service.port, service.metrics_port, service.nats.port}
        assert len(of_service) == 3
        assert of_service - {row[8]} <= set(row[70:])
    nats = NatsServer(NATS_CONFIG, log.parent / "nats", port=row[8])
    for _ in range(8):
        service = LocalService(workers, log, port=0, nats=nats)
        assert {service.port, service.metrics_port} <= set(row[70:])


@pytest.mark.parametrize("port", [-1, 70_000])
def test_a_number_that_is_no_port_is_told_with_its_option(port: int, log: Path) -> None:
    with pytest.raises(ServiceError, match=f"{port} is no port.*--port"):
        LocalService(CONFIG, log, port=port).start_ray()
    service = LocalService(CONFIG, log, port=free_port(), metrics_port=port)
    with pytest.raises(ServiceError, match=f"{port} is no port.*--metrics-port"):
        service.start_ray()
    nats = NatsServer(NATS_CONFIG, log.parent / "nats", port=port)
    with pytest.raises(ServiceError, match=f"{port} is no port.*--nats-port"):
        nats.start()


def test_a_named_nats_server_that_is_not_there_is_told_before_anything_runs(log: Path) -> None:
    workers = {"applications": [{"import_path": WORKERS}]}
    url = f"127.0.0.1:{free_port()}"
    service = LocalService(workers, log, port=0, nats=f"nats://anna:secret@{url}")
    service.nats_patience_s = 0
    with pytest.raises(ServiceError, match=rf"nothing listens at nats://{url} .*leave `url` out"):
        service.start_ray()
    assert not log.exists()
    assert is_free(log)


def test_a_nats_server_that_comes_up_a_little_later_is_waited_for() -> None:
    with socket.socket() as server:  # bound alone: whoever connects is refused
        server.bind(("127.0.0.1", 0))
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            server.listen()

        wait_until_there(f"nats://127.0.0.1:{server.getsockname()[1]}", 60, pause)
    assert len(pauses) == 1


def _fails_with(number: int) -> Callable[..., None]:
    def flock(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return flock


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_folder_whose_file_system_has_no_locks_is_served_with_a_warning(
    number: int, log: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fcntl, "flock", _fails_with(number))
    log.parent.mkdir()
    assert is_free(log)
    assert f"{log.parent} has no locks" in caplog.text


def test_a_lock_that_fails_otherwise_is_an_error(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcntl, "flock", _fails_with(errno.EIO))
    log.parent.mkdir()
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        is_free(log)


def test_a_second_service_of_a_folder_is_refused_and_writes_nothing(log: Path) -> None:
    log.parent.mkdir()
    lock = FolderLock(log.with_suffix(".lock"))
    lock.take()
    log.write_text("of the first one")
    with socket.create_server(("127.0.0.1", 0)) as taken:  # by the first one, as likely as not
        second = LocalService(CONFIG, log, port=taken.getsockname()[1])
        with pytest.raises(ServiceError, match=rf"{log.parent}.*--data.*LOOKALIKE_STORE_URL"):
            second.start_ray()
    assert not is_free(log)
    assert log.read_text() == "of the first one"
    assert {path.name for path in log.parent.iterdir()} == {"serve.log", "serve.lock"}
    with pytest.raises(ServiceError, match="--data"):
        second.start_ray()
    lock.release()
    assert is_free(log)


def test_what_the_last_service_said_is_kept_beside_the_log(log: Path) -> None:
    log.parent.mkdir()
    for said in ("why it ended", "why it ended again"):
        log.write_text(said)
        service = LocalService(CONFIG, log, port=0)
        service.start_ray()
        service.stop()
        assert log.with_name("serve.log.1").read_text() == said
        assert said not in log.read_text()


def test_a_service_that_does_not_start_leaves_its_folder_to_others(log: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ServiceError, match="is taken"),
    ):
        LocalService(CONFIG, log, port=taken.getsockname()[1]).start_ray()
    assert is_free(log)
