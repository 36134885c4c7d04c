"""Waiting for processes of others to end."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

import psutil

_LOOK_EVERY_S: Final = 0.02


def wait_ended(processes: Iterable[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait until `processes` have ended; those that run still after `timeout_s`.

    One that ended and whose parent has not taken note of it has ended: it holds nothing any more.
    Orphans wait so for a container's first process, some of which look every few seconds;
    `psutil.wait_procs` waits for that.
    """
    until = time.monotonic() + timeout_s
    left = [process for process in processes if not _has_ended(process)]
    while left and time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
        left = [process for process in left if not _has_ended(process)]
    return left


def _has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
