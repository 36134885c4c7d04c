"""A wire between a client and a server that can go dead without closing."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_CHUNK_BYTES: Final = 1 << 16


class TcpRelay:
    """Forwards a free TCP port of this machine to a Unix socket, until it is told to stop.

    While it stalls it takes connections and bytes and passes nothing on: what a firewall that
    forgot a connection, or a server that hangs, look like.
    """

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._flows = threading.Event()
        self._flows.set()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        """Where clients connect."""
        port: int = self._listener.getsockname()[1]
        return port

    def stall(self) -> None:
        """Pass nothing on from now on."""
        self._flows.clear()

    def go_on(self) -> None:
        """Pass on what came meanwhile, and what comes."""
        self._flows.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # `shutdown` wakes the threads that wait in `accept` and `recv`; `close` would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._flows.set()
        for end in self._ends:
            with suppress(OSError):  # the other side was faster
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads[1:]:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # shut down
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            self._ends += [client, server]
            for source, sink in ((client, server), (server, client)):
                thread = threading.Thread(target=self._forward, args=(source, sink))
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # one side has gone
            while chunk := source.recv(_CHUNK_BYTES):
                self._flows.wait()
                sink.sendall(chunk)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
