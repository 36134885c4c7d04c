"""A door for pictures that lets some of them wait."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@dataclass(frozen=True, slots=True)
class SlowPictures:
    """`asked` is set when a picture that waits is asked for; all come once `go` is set."""

    url: str
    asked: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


@contextmanager
def slow_pictures(shop_url: str, waiting_key: str) -> Iterator[SlowPictures]:
    """Serve the shop's pictures until the block ends; those with that in their key wait."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if waiting_key in self.path:
                slow.asked.set()
                slow.go.wait()
            picture = httpx.get(f"{shop_url}{self.path}", timeout=60)
            with contextlib.suppress(ConnectionError):  # nobody waits for it any more
                self.send_response(picture.status_code)
                self.end_headers()
                self.wfile.write(picture.content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    slow = SlowPictures(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield slow
    finally:
        slow.go.set()
        server.shutdown()
        thread.join()
        server.server_close()
