"""Keeps fetched pictures' connections off addresses inside the own network.

A name is checked before anything is connected to, and then the very address of the connection,
before a byte is sent on it: a redirect, or a name that resolves differently the second time,
gains nothing. Behind an HTTP proxy that is the proxy's to decide.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final
from weakref import WeakSet

import httpx

from catalog.addresses import private_origin, proxies
from lookalike.contract.errors import BadRequestError

AddressRule = Callable[[str], bool]
"""Says of an IP address whether it may be connected to."""


class PrivateAddressError(BadRequestError):
    """A picture's address leads into the own network; the message is a clause that says so."""


class ConnectionGuard:
    """An `httpx` event hook for requests: every one gets its connection checked.

    It knows all connections of a client, so that who waits on them can be woken.
    """

    def __init__(self, may_reach: AddressRule, exempt: frozenset[str]) -> None:
        """Let requests reach what `may_reach` allows, and the origins that are `exempt`."""
        self._may_reach = may_reach
        self._exempt = exempt
        self._sockets = WeakSet[socket.socket]()
        self._lock = threading.Lock()
        self._shut = False
        self._late = threading.Event()

    def shut(self) -> None:
        """End all connections, and those to come: whoever waits on one is woken by its end."""
        with self._lock:
            self._shut = True
            self._end_all()

    @contextmanager
    def within(self, limit_s: float) -> Iterator[threading.Event]:
        """Within the context all connections end when the time is over, which sets the event.

        A limit of a read's time does not do: a server that sends a byte now and then has for ever.
        """
        self._late = late = threading.Event()

        def end() -> None:
            with self._lock:
                late.set()
                self._end_all()

        timer = threading.Timer(limit_s, end)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()
            with self._lock:
                self._late = threading.Event()

    def know(self, connected: socket.socket) -> None:
        """Note a connection, so that it can be ended."""
        with self._lock:
            self._sockets.add(connected)
            if self._shut or self._late.is_set():
                _end(connected)

    def _end_all(self) -> None:
        for connected in self._sockets:
            _end(connected)

    def __call__(self, request: httpx.Request) -> None:
        """Have this request's connection, should it need a new one, checked as it is made."""
        request.extensions = {
            **request.extensions,
            "trace": _ConnectionCheck(self._may_reach, self._exempt, self.know),
        }


def exempt_proxies() -> frozenset[str]:
    """Origins of the environment's proxies inside the own network, which may be reached.

    Raises:
        UnavailableError: a proxy's host can't be found.
    """
    return frozenset(o for url in proxies() if (o := private_origin(url)) is not None)


class _ConnectionCheck:
    """Hears of the steps of one request. Source: HTTPX's manual, extensions, "trace"."""

    _STARTED: Final = "connection.connect_tcp.started"
    _COMPLETE: Final = "connection.connect_tcp.complete"
    _ENCRYPTED: Final = ".start_tls.complete"
    """The end of a step's name; TLS puts a socket of its own in the place of the one below."""

    def __init__(
        self,
        may_reach: AddressRule,
        exempt: frozenset[str],
        know: Callable[[socket.socket], None],
    ) -> None:
        self._may_reach = may_reach
        self._exempt = exempt
        self._know = know
        self._checked = True

    def __call__(self, step: str, info: Mapping[str, Any]) -> None:
        if step == self._STARTED:
            host, port = info["host"], info["port"]
            self._checked = f"{host}:{port}" not in self._exempt
            if self._checked:
                self._check(*_resolved(host, port))
        elif step == self._COMPLETE:
            stream = info["return_value"]
            if self._checked:
                try:
                    self._check(str(stream.get_extra_info("server_addr")[0]))
                except PrivateAddressError:
                    stream.close()
                    raise
            self._know(stream.get_extra_info("socket"))
        elif step.endswith(self._ENCRYPTED):
            self._know(info["return_value"].get_extra_info("socket"))

    def _check(self, *addresses: str) -> None:
        if not all(map(self._may_reach, addresses)):
            raise PrivateAddressError("it leads to an address inside the own network")


def _end(connected: socket.socket) -> None:
    # Of an encrypted one too the connection below: its own `shutdown` is not for other threads.
    with suppress(OSError):  # it has ended already
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _resolved(host: str, port: int) -> list[str]:
    """The addresses of a host; none where it can't be found, as the connection will tell."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]
