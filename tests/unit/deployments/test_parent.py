"""Children end with the process that started them: not before it, and not after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from deployments.parent import launched

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux' kernel")

GONE_WITHIN_S = 30
STARTS_AND_WAITS = """
import os, subprocess, sys, threading
from deployments.parent import launched
becoming = [sys.executable, "-m", "deployments.parent", str(os.getpid())]
launched(lambda: subprocess.Popen([*becoming, "sh", "-c", "echo there; exec cat"]))
threading.Event().wait()
"""


def bound(parent: int, *program: str) -> list[str]:
    """The command that becomes a program which ends with its parent."""
    return [sys.executable, "-m", "deployments.parent", str(parent), *program]


def ended_pid() -> int:
    """Of a process that is gone."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


def wait_until_gone(thread: threading.Thread) -> None:
    """Until the kernel knows it no more, which is a little after `join`."""
    thread.join()
    give_up_at = time.monotonic() + GONE_WITHIN_S
    while Path(f"/proc/self/task/{thread.native_id}").exists():
        assert time.monotonic() < give_up_at, "the thread goes on"


def test_a_child_outlives_the_thread_that_asked_for_it() -> None:
    children: list[subprocess.Popen[bytes]] = []

    def ask() -> None:
        child = launched(
            lambda: subprocess.Popen(
                bound(os.getpid(), "cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        )
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(b"before\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"before\n"  # it has said with whom it ends
        children.append(child)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until_gone(thread)
    (child,) = children
    assert child.communicate(b"after\n")[0] == b"after\n"
    assert child.returncode == 0


def test_what_keeps_a_child_from_starting_is_told() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-program"):
        launched(lambda: subprocess.Popen(["no-such-program"]))


def test_a_child_ends_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"there\n"
    parent.kill()
    parent.wait()
    assert parent.communicate(b"the child reads on\n")[0] == b""


@pytest.mark.parametrize("module", ["deployments.parent", "deployments.serve_main"])
def test_a_child_whose_parent_has_ended_before_it_could_say_so_ends(module: str) -> None:
    command = [sys.executable, "-m", module, str(ended_pid()), "echo", "goes on"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, b"")
