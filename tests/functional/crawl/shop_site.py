"""A small shop on a free port, with a log of every request that it answered."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

_LONG_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the shop answers: a page in UTF-8 unless said otherwise."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    hold: threading.Event | None = None
    """If set, the answer is kept back until then, or until the shop closes."""


Route = Answer | Callable[["Asked"], Answer]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: path with query, and its headers in lower case."""

    target: str
    headers: dict[str, str]


class ShopSite:
    """The shop, open inside `with`; `routes` by path with query, or else by path alone."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.asked: list[Asked] = []
        self._news = threading.Condition()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> ShopSite:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, target: str) -> int:
        """How often a path was asked for so far."""
        return self.counts()[target]

    def counts(self) -> Counter[str]:
        """How often each path was asked for so far."""
        with self._news:
            return Counter(asked.target for asked in self.asked)

    def forget(self) -> None:
        """Begin the log anew."""
        with self._news:
            self.asked.clear()

    def wait_until(self, reached: Callable[[ShopSite], bool]) -> None:
        """Wait until it is so, looked at after each request and now and then; a minute at most."""
        end = time.monotonic() + _LONG_WAIT_S
        while not reached(self):
            if time.monotonic() > end:
                raise TimeoutError(f"never came so far: {self.asked}")
            with self._news:
                self._news.wait(0.05)

    def answer(self, asked: Asked) -> Answer:
        route = self.routes.get(asked.target) or self.routes.get(urlsplit(asked.target).path)
        if route is None:
            return Answer("<h1>Not here</h1>", 404)
        return route if isinstance(route, Answer) else route(asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.path, headers)
                with site._news:
                    site.asked.append(asked)
                    site._news.notify_all()
                answer = site.answer(asked)
                if answer.hold is not None:
                    while not answer.hold.wait(0.05) and not site._closing.is_set():
                        pass
                body = answer.body.encode() if isinstance(answer.body, str) else answer.body
                try:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.content_type)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    if "Content-Length" not in answer.headers and answer.status != 304:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # the crawler has gone

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        return Handler
