"""What a command tells of an error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.sentences import sentence_of
from lookalike.contract.errors import InternalError, NotFoundError, error_from_wire

_BROKE = "something went wrong on our side"


class _Broken(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        error = {"code": "internal", "message": _BROKE, "request_id": "order-42"}
        body = json.dumps({"error": error}).encode()
        self.send_response(500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "", size: object = "") -> None:
        """Nothing."""


@pytest.fixture
def broken_service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Broken) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def test_a_search_that_the_service_fails_names_the_request(
    broken_service: str, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8")
    done = CliRunner().invoke(app, ["search", str(photo), "--url", broken_service])
    assert done.exit_code == 1
    assert f"{_BROKE} (request order-42 in its log)" in done.stderr


def test_a_photo_that_can_t_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["search", str(tmp_path / "nope.jpg")])
    assert (done.exit_code, done.stderr) == (1, f"{tmp_path}/nope.jpg: No such file or directory\n")


def test_what_the_service_does_not_log_as_a_fault_is_told_by_itself() -> None:
    told = error_from_wire("not_found", 404, "no such product", request_id="order-42")
    assert sentence_of(told) == "no such product"
    assert sentence_of(InternalError("no lookalike service")) == "no lookalike service"
    assert sentence_of(NotFoundError("gone")) == "gone"
    assert sentence_of(OSError("full")) == "full"
