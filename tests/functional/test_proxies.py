"""Proxies and certificates that the environment names, and what is on this machine."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deployments.local_service import LocalService
from lookalike.client import HttpSearchClient
from lookalike.client.http_connections import goes_by_proxy
from lookalike.client.pictures import PictureClient
from lookalike.client.unreachable import UnreachableError
from lookalike.contract.errors import UnavailableError
from lookalike.contract.schemas import ReadyReply
from tests.certificates import certificate_for_loopback

READY = ReadyReply(status="ready", model_version="m", products=7, catalog_version=1)


@dataclass(slots=True)
class Door:
    """Answers all requests with one body, and remembers what they ask for."""

    url: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: asyncio.StreamReader, reply: asyncio.StreamWriter) -> None:
        head = await request.readuntil(b"\r\n\r\n")
        self.asked.append(head.split()[1].decode())
        body = READY.model_dump_json().encode()
        reply.write(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        reply.write(body)
        await reply.drain()
        reply.close()


@asynccontextmanager
async def door(certificate: ssl.SSLContext | None = None) -> AsyncIterator[Door]:
    opened = Door()
    server = await asyncio.start_server(opened.answer, "127.0.0.1", ssl=certificate)
    scheme = "https" if certificate else "http"
    opened.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield opened


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One without proxies and certificates."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


async def test_a_service_on_this_machine_is_asked_without_a_proxy(
    environment: pytest.MonkeyPatch,
) -> None:
    async with door() as service, door() as proxy:
        environment.setenv("HTTP_PROXY", proxy.url)
        async with HttpSearchClient(service.url) as client:
            assert (await client.ready()).products == 7
        async with HttpSearchClient("http://shop.example", api_key="key") as client:
            assert (await client.ready()).products == 7
    assert service.asked == ["/readyz"]
    assert proxy.asked == ["http://shop.example/readyz"]


async def test_pictures_of_others_go_by_the_proxy_and_own_ones_do_not(
    environment: pytest.MonkeyPatch,
) -> None:
    async with door() as service, door() as proxy:
        environment.setenv("HTTP_PROXY", proxy.url)
        async with PictureClient(service.url) as client:
            await client.picture("/v1/images/a.jpg")
            await client.picture("http://shop.example/b.jpg")
        async with PictureClient("http://shop.example") as client:
            await client.picture(f"{service.url}/c.jpg")
    assert service.asked == ["/v1/images/a.jpg", "/c.jpg"]
    assert proxy.asked == ["http://shop.example/b.jpg"]


async def test_a_proxy_that_is_away_says_nothing_of_the_service_behind_it(
    environment: pytest.MonkeyPatch,
) -> None:
    proxy = f"http://me:s3cret@127.0.0.1:{_closed_port()}"
    environment.setenv("HTTP_PROXY", proxy)
    environment.setenv("HTTPS_PROXY", proxy)
    for url in ("http://shop.example", "https://shop.example"):
        async with HttpSearchClient(url) as client:
            with pytest.raises(UnavailableError, match=r"proxy .*HTTP_PROXY") as refused:
                await client.ready()
        assert not isinstance(refused.value, UnreachableError)
        assert url in refused.value.message
        assert "s3cret" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "by_proxy"),
    [
        ("http://shop.example", True),
        ("https://shop.example", False),
        ("http://api.inside.example:8000", False),
        ("http://127.0.0.1:8000", False),
    ],
)
def test_it_is_known_who_is_asked_by_a_proxy(
    environment: pytest.MonkeyPatch, url: str, by_proxy: bool
) -> None:
    environment.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    environment.setenv("NO_PROXY", "inside.example")
    assert goes_by_proxy(url) == by_proxy


def _closed_port() -> int:
    """One on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:9", "socksio"),
        ("HTTP_PROXY", "ftp://me:s3cret@127.0.0.1:9", "Unknown scheme for proxy URL"),
        ("HTTP_PROXY", "http://127.0.0.1:port", "Invalid port"),
        ("SSL_CERT_FILE", "/nowhere/authority.pem", "No such file"),
    ],
)
async def test_what_can_not_be_followed_ends_in_a_sentence_and_not_on_this_machine(
    environment: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    environment.setenv(name, value)
    async with (
        door() as service,
        HttpSearchClient(service.url) as client,
        PictureClient(service.url) as pictures,
    ):
        assert (await client.ready()).products == 7
        assert await pictures.picture("/v1/images/a.jpg")
    for client_type in (HttpSearchClient, PictureClient):
        with pytest.raises(UnavailableError, match=told) as refused:
            client_type("http://shop:pw@shop.example")
        assert "http://shop.example can't be asked" in refused.value.message
        assert "s3cret" not in refused.value.message


async def test_certificates_of_the_environment_hold_on_this_machine_too(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, key = certificate_for_loopback(tmp_path)
    certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.load_cert_chain(authority, key)
    async with door(certificate) as service:
        async with HttpSearchClient(service.url) as client:
            with pytest.raises(UnavailableError, match="certificate verify failed"):
                await client.ready()
        environment.setenv("SSL_CERT_FILE", str(authority))
        environment.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
        async with HttpSearchClient(service.url) as client:
            assert (await client.ready()).products == 7


class Started(LocalService):
    """One whose processes are there."""

    def check_alive(self) -> None:
        pass


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
async def test_whether_a_local_service_is_ready_is_asked_without_a_proxy(
    environment: pytest.MonkeyPatch, tmp_path: Path, proxy: str
) -> None:
    environment.setenv("ALL_PROXY", proxy)
    async with door() as service:
        port = int(service.url.rpartition(":")[2])
        started = Started({"applications": []}, tmp_path / "serve.log", port=port)
        ready = await asyncio.to_thread(started.wait_ready, 5.0)
    assert ready["products"] == 7
