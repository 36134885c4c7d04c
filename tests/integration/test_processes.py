"""What is read of processes that end meanwhile."""

from __future__ import annotations

import socket
import subprocess
import sys

import psutil

from deployments.ended import wait_ended
from tests.integration.processes import listening, title_of

ENDED_WITHIN_S = 30.0


def test_a_process_that_has_ended_has_no_title_and_listens_nowhere() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as own,
        subprocess.Popen(
            [sys.executable, "-c", "print(flush=True); input()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as child,
    ):
        assert child.stdout is not None
        child.stdout.readline()  # before that its command line may not be there yet
        processes = [psutil.Process(child.pid), psutil.Process()]
        assert "input()" in title_of(processes[0])
        child.kill()
        port = own.getsockname()[1]
        for take_note in (lambda: wait_ended(processes[:1], ENDED_WITHIN_S), child.wait):
            take_note()
            assert title_of(processes[0]) == ""
            assert (processes[1], "127.0.0.1", port) in listening(processes)
