"""A change counts as seen where the service says so, and nothing that fails is passed over."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.live_updates import Milliseconds, query_load, timed
from catalog.street_queries import StreetQuery
from lookalike.contract.taxonomy import Category

NOT_FOUND = {"error": {"code": "not_found", "message": "gone", "request_id": "1"}}


def service(*looks: httpx.Response) -> httpx.Client:
    """Takes every change, and answers looks at a product so, the last one again and again."""
    answers: Iterator[httpx.Response] = iter(looks)
    last = looks[-1]

    def answer(request: httpx.Request) -> httpx.Response:
        return next(answers, last) if request.method == "GET" else httpx.Response(200)

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://service")


def test_a_change_is_seen_when_the_product_says_so() -> None:
    taken: tuple[Milliseconds, Milliseconds] = ([], [])
    absent, listed = httpx.Response(404, json=NOT_FOUND), httpx.Response(200, json={"price": 9})
    with service(absent, listed) as client:
        timed(client, "PUT", "p", 9, taken)
    with service(listed, absent) as client:
        timed(client, "DELETE", "p", None, taken)
    assert [len(times) for times in taken] == [2, 2]


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(503, json={"error": {"code": "unavailable"}}),
        httpx.Response(404, text="Path '/v1/products/p' not found."),
    ],
    ids=["a stage is down", "the application is down"],
)
def test_a_service_that_fails_has_not_deleted_anything(failure: httpx.Response) -> None:
    with service(failure) as client, pytest.raises(httpx.HTTPStatusError):
        timed(client, "DELETE", "p", None, ([], []))


def test_a_change_that_never_comes_is_given_up() -> None:
    with (
        service(httpx.Response(200, json={"price": 1})) as client,
        pytest.raises(TimeoutError, match="PUT /v1/products/p was not seen"),
    ):
        timed(client, "PUT", "p", 9, ([], []), patience_s=0.0)


def test_a_load_that_failed_fails_the_benchmark(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"photo")
    query = StreetQuery(photo, (0, 0, 9, 9), Category.DRESS, "look", ())
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(httpx.TransportError), query_load(url, query):
            server.accept()[0].close()
