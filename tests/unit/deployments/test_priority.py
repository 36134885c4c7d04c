"""Stages give way to doors: the niceness of a thread and of those that it starts."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from deployments.priority import STAGE_NICENESS, give_way


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def after_giving_way() -> tuple[int, int]:
    """Of the thread that gave way, twice, and of one that it started then."""
    give_way()
    give_way()
    with ThreadPoolExecutor(1) as pool:
        return niceness(), pool.submit(niceness).result()


def test_a_stage_gives_way_with_the_threads_that_it_starts_and_with_no_other() -> None:
    before = niceness()
    with ThreadPoolExecutor(1) as pool:
        own, of_its_own = pool.submit(after_giving_way).result()
    assert own == of_its_own == max(before, STAGE_NICENESS)
    assert niceness() == before
