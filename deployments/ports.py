"""TCP ports on loopback that nobody uses."""

from __future__ import annotations

import contextlib
import random
import socket
from typing import Final

_UNASKED_FOR: Final = range(20_000, 32_000)
"""Below what Linux hands to whoever asks for any port, and above what `ray start` gives to workers:
a port that is free now is free still when somebody binds it seconds later."""


def free_port() -> int:
    """A TCP port on loopback that nobody is bound to, drawn so that two callers differ."""
    return free_ports(1)[0]


def free_ports(count: int) -> range:
    """That many TCP ports in a row that nobody is bound to, drawn so that two callers differ."""
    while True:
        first = random.choice(_UNASKED_FOR[::count])
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in range(first, first + count):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return range(first, first + count)
