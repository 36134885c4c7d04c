"""The HTTP door as clients and proxies take it for granted: methods, addresses, its document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from catalog.images import ImageFolder
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import code_of, http_service
from tests.functional.openapi_document import OPENAPI

_NO_PICTURE: Final = f"/v1/images/{'0' * 64}.jpg"
_ESCAPES: Final = re.compile(r"\\(.)", re.DOTALL)
_ALSO_ESCAPED: Final = frozenset(r"^$\.*+?()[]{}|/dDsSwWbBtnvfrx" + "0-")
"""What may follow a backslash where browsers read a pattern, flag `v`; `-` in a class alone."""
_ONLY_ESCAPED: Final = frozenset("()[{}/|")
"""What a class may not hold without one. Source: ECMA-262, ClassSetSyntaxCharacter."""


async def test_what_takes_get_takes_head_and_answers_the_same_without_content(
    tmp_path: Path,
) -> None:
    picture = f"/v1/images/{ImageFolder(tmp_path).put(jpeg())}"
    async with (
        http_service(FakeSegmenter(), tmp_path) as url,
        httpx.AsyncClient(base_url=url, limits=httpx.Limits(max_connections=1)) as client,
    ):
        for path in (picture, _NO_PICTURE, "/healthz", "/readyz", "/v1/products/p-03", "/nothing"):
            got, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b"")
            for told in ("content-type", "content-length", "etag", "cache-control"):
                assert head.headers.get(told) == got.headers.get(told), (path, told)
        similar = await client.head("/v1/products/p-03/similar")
        assert similar.status_code == 200
        assert (await client.get("/healthz")).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/products/p-03", "DELETE, GET, HEAD, PUT"),
        ("/v1/recommend", "POST"),
        (_NO_PICTURE, "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
    ],
)
async def test_a_method_that_is_not_taken_is_told_which_are(
    client: httpx.AsyncClient, path: str, allowed: str
) -> None:
    reply = await client.request("OPTIONS", path)
    assert code_of(reply) == (405, "bad_request")
    assert reply.headers["allow"] == allowed
    for method in ("GET", "HEAD"):
        taken = (await client.request(method, path)).status_code != 405
        assert taken == (method in allowed)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/recommend/"),
        ("GET", "/v1/products/"),
        ("GET", "/v1/products/p-03/"),
        ("PUT", "/v1/products/p-03/"),
        ("GET", "/healthz/"),
    ],
)
async def test_an_address_with_a_slash_too_many_is_none(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    assert code_of(await client.request(method, path)) == (404, "not_found")


async def test_a_query_names_what_there_is_one_of_once(client: httpx.AsyncClient) -> None:
    for query in ("k=1&k=2", "k=1&k=1", "min_price=5&sort=price&min_price=5"):
        reply = await client.get(f"/v1/products/p-03/similar?{query}")
        assert code_of(reply) == (422, "bad_request")
        assert reply.json()["error"]["message"] == f"{query.partition('=')[0]}: send one"
    lists = "brands=Acme&brands=Nobody&exclude=a&exclude=b&categories=dress&categories=hat"
    assert (await client.get(f"/v1/products/p-03/similar?{lists}")).status_code == 200


def committed() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(OPENAPI.read_text())
    return document


def test_the_document_tells_of_every_way_that_an_operation_fails() -> None:
    for path, operations in committed()["paths"].items():
        for method, operation in operations.items():
            other = operation["responses"]["default"]
            shape = other["content"]["application/json"]["schema"]
            assert shape == {"$ref": "#/components/schemas/ErrorReply"}, (method, path)
            assert "X-Request-Id" in other["headers"]


def test_the_document_names_no_method_that_is_there_for_another() -> None:
    methods = {method for operations in committed()["paths"].values() for method in operations}
    assert methods == {"get", "post", "put", "delete"}


def patterns(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from patterns(inner)


def bare_in_classes(pattern: str) -> set[str]:
    """What a pattern's classes hold that the strictest readers want escaped."""
    without_escapes = _ESCAPES.sub("", pattern)
    return {char for held in re.findall(r"\[\^?(.*?)\]", without_escapes) for char in held} & (
        _ONLY_ESCAPED
    )


def test_patterns_of_the_document_are_ones_that_browsers_read() -> None:
    found = set(patterns(committed()))
    assert len(found) >= 3
    for pattern in found:
        assert set(_ESCAPES.findall(pattern)) <= _ALSO_ESCAPED, pattern
        assert bare_in_classes(pattern) == set(), pattern


def test_the_check_of_patterns_finds_what_browsers_refuse() -> None:
    assert bare_in_classes(r"^[^\x00-\x1f/]+$") == {"/"}
    assert not set(_ESCAPES.findall(r"^[^<>\"]+$")) <= _ALSO_ESCAPED
