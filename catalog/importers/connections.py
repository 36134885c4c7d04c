"""Keeps fetched pictures' connections off addresses inside the own network.

A name is checked before anything is connected to, and then the very address of the connection,
before a byte is sent on it: a redirect, or a name that resolves differently the second time,
gains nothing. Behind an HTTP proxy that is the proxy's to decide.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from catalog.addresses import is_public, private_origin, proxies
from lookalike.contract.errors import BadRequestError

AddressRule = Callable[[str], bool]
"""Says of an IP address whether it may be connected to."""


class PrivateAddressError(BadRequestError):
    """A picture's address leads into the own network; the message is a clause that says so."""


class ConnectionGuard:
    """An `httpx` event hook for requests: every hop of redirects gets its connection checked."""

    def __init__(self, may_reach: AddressRule = is_public) -> None:
        """Let requests reach what `may_reach` allows, and the environment's proxies.

        Raises:
            UnavailableError: a proxy's host can't be found.
        """
        self._may_reach = may_reach
        self._proxies = frozenset(o for url in proxies() if (o := private_origin(url)) is not None)

    def __call__(self, request: httpx.Request) -> None:
        """Have this request's connection, should it need a new one, checked as it is made."""
        request.extensions = {
            **request.extensions,
            "trace": _ConnectionCheck(self._may_reach, self._proxies),
        }


class _ConnectionCheck:
    """Hears of the steps of one request. Source: HTTPX's manual, extensions, "trace"."""

    _STARTED: Final = "connection.connect_tcp.started"
    _COMPLETE: Final = "connection.connect_tcp.complete"

    def __init__(self, may_reach: AddressRule, exempt: frozenset[str]) -> None:
        self._may_reach = may_reach
        self._exempt = exempt
        self._checked = True

    def __call__(self, step: str, info: Mapping[str, Any]) -> None:
        if step == self._STARTED:
            host, port = info["host"], info["port"]
            self._checked = f"{host}:{port}" not in self._exempt
            if self._checked:
                self._check(*_resolved(host, port))
        elif step == self._COMPLETE and self._checked:
            stream = info["return_value"]
            try:
                self._check(str(stream.get_extra_info("server_addr")[0]))
            except PrivateAddressError:
                stream.close()
                raise

    def _check(self, *addresses: str) -> None:
        if not all(map(self._may_reach, addresses)):
            raise PrivateAddressError("it leads to an address inside the own network")


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a host; none where it can't be found, as the connection will tell."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]
