"""Addresses that lead nowhere are told in a sentence, whatever would have been asked there."""

from __future__ import annotations

import pytest

from lookalike.client import client_for, jobs_client_for
from lookalike.client.address import checked, is_nats, is_on_this_machine
from lookalike.client.nats_link import open_connection
from lookalike.client.pictures import PictureClient
from lookalike.contract.errors import BadRequestError, NotFoundError, UnavailableError
from lookalike.contract.subjects import without_login

NOWHERE = [
    "http://127.0.0.1:99999",
    "http://xn--a",
    "http://[",
    "http://",
    "nonsense",
    "",
    "nats://",
    "nats://:4222",
    "nats://127.0.0.1:99999",
    "tls://host:port",
    "nats://[",
]


@pytest.mark.parametrize("url", NOWHERE)
async def test_what_leads_nowhere_is_unavailable(url: str) -> None:
    with pytest.raises(UnavailableError, match="is no address of a service"):
        async with client_for(url) as client:
            await client.ready()


@pytest.mark.parametrize("url", ["http://127.0.0.1:65535/shop", "nats://u:p@[::1]:4222", "tls://h"])
def test_what_may_lead_somewhere_is_taken_as_it_is(url: str) -> None:
    assert checked(url) == url


@pytest.mark.parametrize(
    "url",
    ["nats://s3cr/et@127.0.0.1:4222", "nats://svc:s3cr/et@127.0.0.1", "tls://me:s3cr?et#@host:1"],
)
def test_what_may_not_be_in_a_login_is_said(url: str) -> None:
    with pytest.raises(UnavailableError, match=r"may have no '/', '\?' or '#'") as told:
        checked(url)
    assert "s3cr" not in told.value.message


def test_a_login_is_not_told() -> None:
    with pytest.raises(UnavailableError) as told:
        checked("nats://me:sec@ret@host:99999")
    assert "'nats://host:99999'" in told.value.message
    assert "sec" not in told.value.message


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("nats://abc/def+tok@host:4222", "nats://host:4222"),
        ("nats://ab?c#d@host:4222", "nats://host:4222"),
        ("tls://me:p@ss@host", "tls://host"),
        ("http://me:sec://ret@host/shop", "http://host/shop"),
        ("me:sec://ret@host", "host"),
        ("nats://[::1]:4222", "nats://[::1]:4222"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_its_login_whatever_is_in_it(url: str, shown: str) -> None:
    assert without_login(url) == shown


@pytest.mark.parametrize("url", ["http://me:s3cret@host", "me:s3cret@host", "nats://s3cr/et@host"])
async def test_no_refusal_shows_a_login(url: str) -> None:
    with pytest.raises((UnavailableError, BadRequestError)) as refused:
        async with jobs_client_for(url) as jobs:
            await jobs.job("look")
    assert "s3cr" not in refused.value.message
    with pytest.raises(UnavailableError) as refused_search:
        async with client_for(url) as client:
            await client.ready()
    assert "s3cr" not in refused_search.value.message


def test_this_machine_is_known_by_its_names() -> None:
    here = (
        "http://127.0.0.1:8000 http://localhost http://LOCALHOST. https://[::1]:1 http://127.1.2.3 "
        "http://0.0.0.0:8000 http://[::]:8000 http://127.1 http://[::ffff:127.0.0.1] http://0x7f.1"
    )
    assert all(map(is_on_this_machine, here.split()))
    others = "http://shop.example http://10.0.0.1 http://localhost.shop.example http://10.1"
    assert not any(map(is_on_this_machine, others.split()))


async def test_what_nats_py_alone_refuses_is_unavailable_too() -> None:
    with pytest.raises(UnavailableError, match="invalid hostname"):
        await open_connection("nats://none:4222", name="test")


@pytest.mark.parametrize("image_url", ["http://127.0.0.1:99999/a.jpg", "http://xn--a/a.jpg"])
async def test_a_picture_that_leads_nowhere_is_not_there(image_url: str) -> None:
    async with PictureClient("http://127.0.0.1:9") as client:
        with pytest.raises(NotFoundError, match="leads nowhere"):
            await client.picture(image_url)


def test_nats_is_told_by_its_scheme() -> None:
    told = [is_nats(url) for url in ("NATS://h", "tls://[", "http://[")]
    assert told == [True, True, False]
