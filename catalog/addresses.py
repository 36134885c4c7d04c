"""Which network addresses lie inside the own network, where a listing must not lead us."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from lookalike.contract.errors import UnavailableError

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, and carries no other one inside."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(part.is_global and not part.is_multicast for part in (ip, *_carried(ip)))


def private_origin(url: str) -> str | None:
    """`host:port` of a start address that lies in the own network; None where it is public.

    None also where only the proxy that the environment names for it can find its host.

    Raises:
        UnavailableError: its host can't be found.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        if _is_proxied(url):
            return None
        raise UnavailableError(f"The host {host} can't be found.") from None
    if all(is_public(str(address[0])) for *_, address in found):
        return None
    return f"{host}:{port}"


def proxies() -> list[str]:
    """The HTTP proxies that the environment names, which may well be in the own network."""
    named = getproxies()
    urls = [named.get(scheme, "") for scheme in ("http", "https", "all")]
    return [url for url in urls if urlsplit(url).scheme in _DEFAULT_PORTS]


def _is_proxied(url: str) -> bool:
    """Whether an address is asked for through a proxy, other than that proxy itself."""
    parts = urlsplit(url)
    proxied = parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")
    return proxied and url not in proxies()


def _carried(ip: _IPAddress) -> list[_IPAddress]:
    """IPv4 addresses that an IPv6 address stands for."""
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    carried: list[_IPAddress | None] = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if ip in _NAT64:
        carried.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return [address for address in carried if address is not None]
