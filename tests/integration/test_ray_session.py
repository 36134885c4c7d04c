"""A bulk run that is stopped leaves no process of its Ray behind."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil
import pytest

from deployments.ended import wait_ended

pytestmark = pytest.mark.timeout(600)

ENDED_WITHIN_S = 90

RUN = """
import signal, sys
from catalog.ray_session import ray_session

signal.signal(signal.SIGTERM, signal.default_int_handler)
try:
    with ray_session(cpus=1):
        print("ready", flush=True)
        signal.pause()
except KeyboardInterrupt:
    sys.exit(130)
"""


def test_sigterm_ends_a_run_and_its_processes_without_a_stack_trace() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RUN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        assert run.stdout.readline() == "ready\n"
        started = psutil.Process(run.pid).children(recursive=True)
        assert len(started) > 2
        run.send_signal(signal.SIGTERM)
        assert run.wait(ENDED_WITHIN_S) == 130
        left = wait_ended(started, ENDED_WITHIN_S)
        for process in left:
            process.kill()
        assert left == []
        assert "Traceback" not in run.stderr.read()
