"""The name by which a browser asks: a door that trusts its machine answers to that machine's."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from deployments.access import is_loopback
from deployments.settings import AccessArgs
from lookalike.contract.errors import ForbiddenError

CheckHost = Callable[[str | None], None]
"""Refuses a request by its `Host`."""

_LOCAL: Final = "localhost"


def host_check(args: AccessArgs) -> CheckHost | None:
    """What refuses requests for names that somebody's name server may lead to this machine.

    A web page from `evil.example` whose name suddenly means 127.0.0.1 is, to the browser, of one
    origin with the door: it would read and change the catalogue (DNS rebinding). Addresses and
    `localhost` are nobody's to lead elsewhere; a request without the header is no browser's.

    It raises ForbiddenError. None where any name will do: keys are asked for, or the door was
    opened on purpose, and no names are given.
    """
    by_default = args.require_keys == "auto" and is_loopback(args.bound_to)
    if not by_default and not args.hosts:
        return None
    taken = frozenset(host.lower() for host in args.hosts)

    def check(header: str | None) -> None:
        if header is None or _is_taken(_name_in(header), taken):
            return
        raise ForbiddenError(
            "this service answers to localhost, addresses and the names in LOOKALIKE_HOSTS alone "
            "(docs/security.md)"
        )

    return check


def _name_in(header: str) -> str:
    name = header.partition("]")[0][1:] if header.startswith("[") else header.partition(":")[0]
    return name.rstrip(".").lower()


def _is_taken(name: str, taken: frozenset[str]) -> bool:
    if name == _LOCAL or name.endswith(f".{_LOCAL}") or name in taken:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
