"""The HTTP door over stages that run in this process: forms as clients put them together."""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest

from tests.fakes import jpeg
from tests.functional.http_door import code_of

_FORM: Final = {"content-type": "multipart/form-data; boundary=x"}
_HATS: Final = '{"k": 1, "categories": ["hat"]}'
_TOO_LONG: Final = '{"brands": ["' + "x" * 300_000 + '"]}'
IMAGE: Final = (
    b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + jpeg()
)
PARAMS: Final = b'--x\r\nContent-Disposition: form-data; name="params"\r\n\r\n' + _HATS.encode()


async def sent(client: httpx.AsyncClient, form: bytes) -> httpx.Response:
    return await client.post("/v1/recommend", content=form, headers=_FORM)


def message_of(reply: httpx.Response) -> str:
    assert code_of(reply) == (422, "bad_request")
    return str(reply.json()["error"]["message"])


@pytest.mark.parametrize("end", [b"\r\n--x--\r\n", b"\r\n--x--", b"\r\n--x--\r\nmore"])
async def test_a_form_ends_with_its_closing_boundary(client: httpx.AsyncClient, end: bytes) -> None:
    reply = await sent(client, IMAGE + b"\r\n" + PARAMS + end)
    assert reply.json()["searched"] == ["hat"]


@pytest.mark.parametrize(
    "form",
    [
        IMAGE + b"\r\n" + PARAMS,
        (IMAGE + b"\r\n" + PARAMS)[:-10],
        IMAGE + b"\r\n" + PARAMS[:20],
        IMAGE + b"\r\n" + PARAMS + b"\r\n--x",
        IMAGE + b"\r\n" + PARAMS + b"\r\n--x-",
        IMAGE + b"\r\n" + PARAMS + b"\r\n--x\r\n",
        PARAMS + b"\r\n" + IMAGE,
        PARAMS + b"\r\n" + IMAGE + bytes(1_100_000),
        b"",
    ],
)
async def test_a_form_without_its_end_is_refused_whatever_it_holds(
    client: httpx.AsyncClient, form: bytes
) -> None:
    reply = await sent(client, form)
    assert message_of(reply) == "the form has no end: its closing boundary is missing"


@contextmanager
def limited(what: int, limit: int) -> Iterator[None]:
    """This process gets no more of something meanwhile."""
    soft, most = resource.getrlimit(what)
    resource.setrlimit(what, (limit, most))
    try:
        yield
    finally:
        resource.setrlimit(what, (soft, most))


@pytest.mark.parametrize(
    ("what", "limit", "why"),
    [
        pytest.param(resource.RLIMIT_FSIZE, 100_000, "File too large", id="as on a full disk"),
        pytest.param(resource.RLIMIT_NOFILE, 3, "Too many open files", id="too many files"),
    ],
)
async def test_a_photo_that_can_not_be_kept_on_disk_is_asked_for_later(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, what: int, limit: int, why: str
) -> None:
    tempfile.gettempdir()  # looked for once, by writing to it
    large = IMAGE + bytes(1_100_000) + b"\r\n--x--\r\n"
    with limited(what, limit):
        refused = await sent(client, large)
        small = await sent(client, IMAGE + b"\r\n--x--\r\n")
    assert code_of(refused) == (503, "unavailable")
    assert small.status_code == 200
    (told,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told.getMessage().startswith("could not keep an upload: ")
    assert why in told.getMessage()
    assert told.exc_info is None
    assert (await sent(client, large)).status_code == 200


@pytest.mark.parametrize("named", [None, "blob"])
async def test_parameters_that_are_too_long_are_told_so(
    client: httpx.AsyncClient, named: str | None
) -> None:
    parts: dict[str, Any] = {"image": ("photo", jpeg()), "params": (named, _TOO_LONG)}
    reply = await client.post("/v1/recommend", files=parts)
    assert message_of(reply) == "params: at most 256 KB"


@pytest.mark.parametrize("named", [None, "blob"])
@pytest.mark.parametrize("declared", ["", "; charset=iso-8859-1", "; charset=euc-kr"])
async def test_parameters_are_in_utf_8(
    client: httpx.AsyncClient, named: str | None, declared: str
) -> None:
    async def brands_found(encoding: str) -> httpx.Response:
        params = '{"k": 1, "brands": ["나이키", "Acme"]}'.encode(encoding)
        parts: dict[str, Any] = {"image": ("photo", jpeg()), "params": (named, params)}
        form = client.build_request("POST", "/v1/recommend", files=parts)
        form.headers["content-type"] += declared
        return await client.send(form)

    assert (await brands_found("utf-8")).json()["hits"][0]["product"]["brand"] == "Acme"
    assert message_of(await brands_found("cp949")) == "params: must be UTF-8"


@pytest.mark.parametrize("chars", [1_000, 400_000])
async def test_a_picture_that_is_sent_as_text_is_told_so(
    client: httpx.AsyncClient, chars: int
) -> None:
    parts: dict[str, Any] = {"image": (None, "data:image/png;base64," + "A" * chars)}
    reply = await client.post("/v1/recommend", files=parts)
    assert message_of(reply) == "image: missing, or not sent as a file"


async def test_a_field_that_is_none_of_the_forms_is_named_whatever_its_size(
    client: httpx.AsyncClient,
) -> None:
    parts: dict[str, Any] = {"image": ("photo", jpeg()), "parms": (None, _TOO_LONG)}
    reply = await client.post("/v1/recommend", files=parts)
    assert message_of(reply) == "parms: unknown form field"


@pytest.mark.parametrize(
    "content_type",
    [
        "Multipart/Form-Data; boundary=x",
        'multipart/form-data;boundary="x"',
        "MULTIPART/FORM-DATA ;boundary=x",
    ],
)
async def test_a_forms_content_type_is_read_in_any_case(
    client: httpx.AsyncClient, content_type: str
) -> None:
    reply = await client.post(
        "/v1/recommend",
        content=IMAGE + b"\r\n" + PARAMS + b"\r\n--x--\r\n",
        headers={"content-type": content_type},
    )
    assert reply.json()["searched"] == ["hat"]
