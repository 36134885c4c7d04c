"""TCP ports on loopback that nobody uses."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

_BELOW_EPHEMERAL_PORTS: Final = range(10_000, 32_000)


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> range:
    """That many TCP ports in a row that nobody is bound to, drawn so that two callers differ."""
    while True:
        first = random.choice(_BELOW_EPHEMERAL_PORTS[::count])
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in range(first, first + count):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return range(first, first + count)
