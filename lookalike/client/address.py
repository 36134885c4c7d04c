"""Whether an address can be a server's, before anything is sent there."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx

from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.errors import UnavailableError
from lookalike.contract.subjects import DEFAULT_NATS_URL, without_login

_NATS_SCHEMES: Final = frozenset({"nats", "tls"})
_LAST_PORT: Final = 65_535
_MAY_NOT_BE_IN_A_LOGIN: Final = frozenset("/?#")


def leads_somewhere(url: str) -> bool:
    """Whether it names a host, and a port that can be; HTTP's and NATS's look alike."""
    try:
        address = httpx.URL(url)
        named = urlsplit(url).hostname and address.host  # each refuses what the other takes
        return bool(named) and (address.port or 0) <= _LAST_PORT
    except (httpx.InvalidURL, ValueError):
        return False


def checked(url: str) -> str:
    """`url` itself. Raises: UnavailableError, without the login, where it leads nowhere."""
    shown = without_login(url)
    if is_nats(url) and _MAY_NOT_BE_IN_A_LOGIN & set(_login(url)):
        raise UnavailableError(f"the login in the address of {shown} may have no '/', '?' or '#'")
    if not leads_somewhere(url):
        raise UnavailableError(
            f"{shown!r} is no address of a service, such as {DEFAULT_URL} or {DEFAULT_NATS_URL}"
        )
    return url


def _login(url: str) -> str:
    return url.partition("://")[2].rpartition("@")[0]


def is_nats(url: str) -> bool:
    """Whether an address is a NATS server's: nats:// or tls://."""
    return url.partition(":")[0].lower() in _NATS_SCHEMES


def is_on_this_machine(url: str) -> bool:
    """Whether it names the loopback interface, in whatever form; no proxy reaches that."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        try:
            address = ip_address(socket.inet_aton(host))  # short forms, such as 127.1
        except OSError:
            return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or address.is_unspecified or bool(mapped and mapped.is_loopback)
