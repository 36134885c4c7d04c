"""TCP ports that nobody uses."""

from __future__ import annotations

import contextlib
import errno
import random
import socket
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final

from deployments.errors import ServiceError

_PORTS: Final = range(2**16)
_UNASKED_FOR: Final = range(20_000, 32_000)
"""Below what Linux hands to whoever asks for any port, and above what `ray start` gives to workers:
a port that is free now is free still when somebody binds it seconds later."""


def free_port() -> int:
    """A TCP port on loopback that nobody is bound to, drawn so that two callers differ."""
    return free_ports(1)[0]


def free_ports(count: int, apart_from: Collection[int] = ()) -> range:
    """That many TCP ports in a row that nobody is bound to, drawn so that two callers differ.

    None of them is in `apart_from`: who needs several draws all at once, or could draw one twice.
    """
    while True:
        first = random.choice(_UNASKED_FOR[::count])
        if not set(apart_from).isdisjoint(range(first, first + count)):
            continue
        with contextlib.ExitStack() as probes, contextlib.suppress(OSError):
            for port in range(first, first + count):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return range(first, first + count)


def check_port(port: int, option: str) -> None:
    """Refuse a number that no port has. Raises: ServiceError that names the option."""
    if port not in _PORTS:
        raise ServiceError(f"{port} is no port; choose one up to {_PORTS[-1]} with {option}")


def check_free(host: str, port: int, option: str) -> None:
    """Refuse a port that something listens on, and a host that nothing here can listen on.

    Raises: ServiceError that names the option to choose another with.
    """
    check_port(port, option)
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ServiceError(f"port {port} is taken; choose another with {option}") from None
        raise ServiceError(
            f"this machine can't listen on {host}, port {port} ({error.strerror}): choose another "
            f"with --host or {option}"
        ) from None


def check_ipv4(host: str) -> None:
    """Refuse an address of IPv6: HAProxy would listen elsewhere than where Serve has it ask.

    Raises: ServiceError.
    """
    with contextlib.suppress(ValueError):
        if ip_address(host.strip("[]")).version == 6:
            raise ServiceError(
                f"the service listens on IPv4 alone, not on {host}: take 127.0.0.1, or 0.0.0.0 for "
                "all addresses, with a reverse proxy before it where clients come by IPv6"
            )
