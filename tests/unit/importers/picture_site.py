"""A web server of pictures, and of all that can be wrong with one."""

from __future__ import annotations

import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.unit.catalog.making import picture

BOOK_BYTES: Final = 64 << 20


class PictureSite(ThreadingHTTPServer):
    """Answers on a free loopback port; `asked` counts requests by path."""

    daemon_threads = True

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
            self._scheme = "https"
        self.asked: Counter[str] = Counter()
        self.book_sent = 0
        """Bytes of the body of a redirect that were taken."""
        self.limited_until = 0.0
        self.closing = threading.Event()
        self.silence = threading.Event()
        """Set when somebody waits for an answer that does not come."""

    @property
    def url(self) -> str:
        """The site's address."""
        return f"{self._scheme}://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: PictureSite

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        match self.path:
            case "/a.png":
                self._send(picture())
            case "/moved.png":
                self._redirect("/a.png")
            case "/moved-with-a-book.png":
                self._redirect("/a.png")
                self._book()
            case "/drips-headers.png":
                self._drip_headers()
                self._send(picture())
            case "/limited.png":
                if self.server.asked[self.path] == 1:
                    self.server.limited_until = time.monotonic() + 1
                limited = time.monotonic() < self.server.limited_until
                self._busy(429, "1") if limited else self._send(picture())
            case "/eager.png":
                eager = self.server.asked[self.path] < 5
                self._busy(503, "0") if eager else self._send(picture())
            case str(path) if path.startswith("/turn/"):
                waits = self.server.asked[path] < int(path.removeprefix("/turn/"))
                self._busy(429, "0") if waits else self._send(picture())
            case "/an-hour":
                self._busy(429, "3600")
            case "/for-ever":
                self._busy(503, "Thu, 31 Dec 2099 23:59:59 GMT")
            case "/some-day":
                self._busy(503, "some day")
            case "/round":
                self._redirect("/round")
            case "/inside":
                self._redirect(f"http://127.0.0.2:{self.server.server_address[1]}/a.png")
            case "/file":
                self._redirect("file:///etc/passwd")
            case "/nowhere":
                self._redirect("http://shop..example/a.png")
            case "/half.bmp":
                self._half_of_a_bitmap()
            case "/text":
                self._send(b"<html>")
            case "/endless":
                self._endless(chunk=bytes(1 << 16))
            case "/claims-too-much":
                self.send_response(200)
                self.send_header("Content-Length", str(10**9))
                self.end_headers()
            case "/drips":
                self._endless(chunk=b"x")
            case "/silent":
                self.server.silence.set()
                self.server.closing.wait(60)
            case "/recovers.png" if self.server.asked[self.path] > 1:
                self._send(picture())
            case "/recovers.png" | "/busy":
                self.send_error(503)
            case _:
                self.send_error(404)

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _half_of_a_bitmap(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(picture(picture_format="BMP"))
        self.wfile.flush()
        self.server.silence.set()
        self.server.closing.wait(60)

    def _book(self) -> None:
        try:
            for _ in range(BOOK_BYTES // (1 << 16)):
                self.server.book_sent += self.wfile.write(bytes(1 << 16))
        except OSError:
            pass  # The client does not read it.

    def _drip_headers(self) -> None:
        self.wfile.write(b"HTTP/1.0 200 OK\r\n")
        try:
            for n in range(400):
                if self.server.closing.wait(0.05):
                    return
                self.wfile.write(b"X-%d: y\r\n" % n)
        except OSError:
            pass  # The client has waited enough.

    def _busy(self, status: int, again: str) -> None:
        self.send_response(status)
        self.send_header("Retry-After", again)
        self.end_headers()

    def _redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.end_headers()

    def _endless(self, chunk: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.server.closing.wait(0.001):
                self.wfile.write(chunk)
        except OSError:
            pass  # The client has seen enough.

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep stderr quiet."""


@contextmanager
def picture_site(certificate: tuple[Path, Path] | None = None) -> Iterator[PictureSite]:
    """A running site, encrypted by a certificate and its key if given, stopped at the end."""
    with PictureSite(certificate) as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield site
        finally:
            site.closing.set()
            site.shutdown()
            thread.join()
