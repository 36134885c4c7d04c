"""What tests of every kind share."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import PostgresCluster

# A machine that does something else for a while fails no test.
settings.register_profile(
    "ours", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ours")


def pytest_collection_finish() -> None:
    """What the imports left is not searched for garbage again while tests run.

    One search through it takes a quarter of a second, a whole one on a busy machine, at any moment:
    as long as some tests give a server to answer.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A running PostgreSQL; started for the first test that asks, stopped after the last."""
    with PostgresCluster() as cluster:
        yield cluster


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Processes that tests start can be interrupted, though a shell's `&` had its children ignore
    SIGINT: what is ignored stays so in every process below."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
