"""Processes that have ended are told from those that run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from deployments.ended import wait_ended

WITHIN_S = 30.0


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_one_that_runs_is_left(child: subprocess.Popen[bytes]) -> None:
    process = psutil.Process(child.pid)
    assert wait_ended([process], 0.1) == [process]


def test_one_whose_parent_has_not_looked_has_ended(child: subprocess.Popen[bytes]) -> None:
    process = psutil.Process(child.pid)
    child.kill()
    assert wait_ended([process], WITHIN_S) == []
    assert process.status() == psutil.STATUS_ZOMBIE


def test_one_that_is_gone_has_ended(child: subprocess.Popen[bytes]) -> None:
    process = psutil.Process(child.pid)
    child.kill()
    child.wait()
    assert wait_ended([process], WITHIN_S) == []
