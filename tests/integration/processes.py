"""Processes that may end while they are looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import NamedTuple

import psutil


class Listening(NamedTuple):
    """A process and the address that it listens on."""

    process: psutil.Process
    ip: str
    port: int


def title_of(process: psutil.Process) -> str:
    """Its command line; "" where it has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline()).strip()
    return ""


def listening(processes: Iterable[psutil.Process]) -> list[Listening]:
    """The TCP addresses that those listen on that have not ended."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [
                Listening(process, connection.laddr.ip, connection.laddr.port)
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            ]
    return found
