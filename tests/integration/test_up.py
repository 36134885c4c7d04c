"""`lookalike up` as somebody runs it: one command, an answer, and nothing left behind."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import psutil
import pytest

from cli.settings import Settings
from deployments.ended import wait_ended
from deployments.local_service import LocalService
from deployments.ports import free_port, free_ports
from tests.integration.checkout import CHECKOUT
from tests.integration.conftest import READY_WITHIN_S
from tests.integration.processes import listening

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

STOPPED_WITHIN_S = 90
RUN_ID = "LOOKALIKE_RUN_ID"


def start_up(
    demo: Settings, port: int, nats_port: int, messages: IO[bytes]
) -> subprocess.Popen[str]:
    ports = ("--port", str(port), "--nats-port", str(nats_port), "--metrics-port", "0")
    options = ("--data", str(demo.data_dir.resolve()), *ports)
    return subprocess.Popen(
        [Path(sys.executable).with_name("lookalike"), "up", *options],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=messages,
        text=True,
    )


@contextmanager
def up(
    demo: Settings, port: int, nats_port: int, messages: IO[bytes]
) -> Iterator[subprocess.Popen[str]]:
    """`lookalike up`; whatever the test did, it and its processes are gone afterwards."""
    process = start_up(demo, port, nats_port, messages)
    try:
        with process:
            yield process
    except BaseException:
        for left in family_of(process.pid):
            with contextlib.suppress(psutil.Error):
                left.kill()
        raise


def family_of(pid: int) -> list[psutil.Process]:
    """A process and its descendants, and those that carry one of its children's run ids."""
    try:
        top = psutil.Process(pid)
        family = {top, *top.children(recursive=True)}
    except psutil.NoSuchProcess:
        return []
    run_ids = {run_id_of(process) for process in family} - {None, run_id_of(top)}
    return [*family, *(p for p in psutil.process_iter() if run_id_of(p) in run_ids)]


def run_id_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(RUN_ID)
    except psutil.Error:
        return None


def read_until(process: subprocess.Popen[str], start_of_line: str) -> list[str]:
    """What it prints on stdout, up to a line that begins so or its end."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if line.startswith(start_of_line):
            break
    return lines


def test_up_answers_a_question_and_a_signal_ends_all_of_it(
    demo: Settings, service: LocalService, tmp_path: Path
) -> None:
    port, nats_port = free_ports(2)
    url = f"http://127.0.0.1:{port}"
    with (
        (tmp_path / "messages").open("wb") as messages,
        up(demo, port, nats_port, messages) as process,
    ):
        lines = read_until(process, "Log:")
        told = (tmp_path / "messages").read_text()
        assert "what looks like the" in lines[0], told
        for name in ("similar", "price", "title", "demo-"):
            assert any(name in line for line in lines), lines
        assert f"API:    {url}/docs" in lines
        assert f"Ready?  {url}/readyz" in lines
        assert any(re.match(r"Metrics: http://127\.0\.0\.1:\d+/metrics$", line) for line in lines)
        assert any(re.match(r"NATS: +nats://127\.0\.0\.1:\d+$", line) for line in lines)
        assert any(re.match(r"Try: +lookalike search \S+ --crop", line) for line in lines)
        assert httpx.get(f"{url}/readyz", timeout=READY_WITHIN_S).json()["status"] == "ready"
        family = family_of(process.pid)
        assert len(family) > 5
        assert ports_of(family).isdisjoint(ports_of(service.processes())), "they share ports"
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOPPED_WITHIN_S) == 0
    assert wait_ended(family, timeout_s=1) == []
    assert "Every process of the service has ended." in (tmp_path / "messages").read_text()
    assert service.wait_ready()["status"] == "ready", "it took another service with it"


def ports_of(processes: list[psutil.Process]) -> set[int]:
    """The TCP ports that some processes listen on."""
    return {one.port for one in listening(processes)}


def test_up_on_a_taken_port_says_so(demo: Settings, tmp_path: Path) -> None:
    with socket.socket() as taken, (tmp_path / "messages").open("wb") as messages:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with up(demo, port, free_port(), messages) as process:
            assert read_until(process, "API:") == []
            assert process.wait(READY_WITHIN_S) == 1
    told = (tmp_path / "messages").read_text().splitlines()
    assert [line for line in told if "taken" in line] == [
        f"port {port} is taken; choose another with --port"
    ]
    assert not any("Traceback" in line for line in told)
