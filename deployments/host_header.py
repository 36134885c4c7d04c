"""The name by which a browser asks: a door that trusts its machine answers to that machine's."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final

from deployments.access import is_loopback
from deployments.settings import AccessArgs
from lookalike.contract.errors import ForbiddenError

_LOCAL: Final = ("localhost", ".localhost")


def trusts_its_machine(args: AccessArgs) -> bool:
    """Whether the HTTP door asks for no keys because only this machine reaches it."""
    return args.require_keys == "auto" and is_loopback(args.bound_to)


def check_host(header: str | None) -> None:
    """Refuse a request for a name that somebody's name server may lead to this machine.

    A web page from `evil.example` whose name suddenly means 127.0.0.1 is, to the browser, of one
    origin with the door: it would read and change the catalogue (DNS rebinding). Addresses and
    `localhost` are nobody's to lead elsewhere; a request without the header is no browser's.

    Raises: ForbiddenError.
    """
    if header is None or _is_this_machine(header):
        return
    raise ForbiddenError(
        "this service answers to localhost and 127.0.0.1 alone, since it asks for no keys; for "
        "another name set require_keys (docs/security.md)"
    )


def _is_this_machine(header: str) -> bool:
    name = header.partition("]")[0][1:] if header.startswith("[") else header.partition(":")[0]
    name = name.rstrip(".").lower()
    if name == _LOCAL[0] or name.endswith(_LOCAL[1]):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
