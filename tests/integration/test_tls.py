"""HTTPS by the reverse proxy that docs/security.md describes, in front of the real service."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from catalog.street_queries import StreetQuery
from deployments.local_service import LocalService
from deployments.ports import free_port
from lookalike.client.http import HttpSearchClient
from lookalike.contract.errors import UnavailableError
from lookalike.contract.schemas import Crop, RecommendParams
from tests.certificates import certificate_for_loopback
from tests.integration.checkout import CHECKOUT
from tests.integration.conftest import PATIENCE_S

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONNECT_TRIES = 8
"""Each waits twice as long as the one before, for a nginx that is still starting."""

pytestmark = [
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
    pytest.mark.timeout(1200),  # the first test may have to draw the catalogue
]


def documented_server() -> str:
    """The `server` block of docs/security.md."""
    text = (CHECKOUT / "docs" / "security.md").read_text()
    (block,) = re.findall(r"^```\n(server \{\n.*?^\})\n```$", text, re.DOTALL | re.MULTILINE)
    return str(block)


def put_in(text: str, old: str, new: object) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, str(new))


@dataclass(frozen=True, slots=True)
class Secured:
    """The proxy's address, and the authority of its certificate."""

    url: str
    authority: Path

    def client(self) -> httpx.Client:
        """Checks the certificate."""
        trusted = ssl.create_default_context(cafile=str(self.authority))
        transport = httpx.HTTPTransport(verify=trusted, retries=CONNECT_TRIES)
        return httpx.Client(base_url=self.url, transport=transport, timeout=PATIENCE_S + 5)


@pytest.fixture(scope="module")
def secured(service: LocalService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """nginx in front of the service."""
    folder = tmp_path_factory.mktemp("nginx")
    authority, key = certificate_for_loopback(folder)
    port = free_port()
    server = put_in(documented_server(), "listen 443 ", f"listen 127.0.0.1:{port} ")
    letsencrypt = "/etc/letsencrypt/live/search.shop.example"
    server = put_in(server, f"{letsencrypt}/fullchain.pem", authority)
    server = put_in(server, f"{letsencrypt}/privkey.pem", key)
    server = put_in(server, "http://127.0.0.1:8000", service.url)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder / 'pid'}; error_log {folder / 'log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{folders}{server}\n}}\n"
    )
    assert NGINX is not None
    command = [NGINX, "-p", str(folder), "-e", str(folder / "log"), "-c", "nginx.conf"]
    with subprocess.Popen(command) as proxy:
        try:
            secured = Secured(f"https://127.0.0.1:{port}", authority)
            with secured.client() as client:
                assert client.get("/healthz").status_code == httpx.codes.OK
            yield secured
        finally:
            proxy.terminate()


@pytest.fixture
def secure(secured: Secured) -> Iterator[httpx.Client]:
    with secured.client() as client:
        yield client


def test_a_photo_is_answered_over_https(secure: httpx.Client, street: list[StreetQuery]) -> None:
    x, y, width, height = street[0].crop
    crop = {"x": x, "y": y, "width": width, "height": height}
    reply = secure.post(
        "/v1/recommend",
        files={"image": street[0].photo.read_bytes()},
        data={"params": json.dumps({"crop": crop})},
        headers={"Lookalike-Deadline": str(PATIENCE_S)},
    )
    assert reply.status_code == httpx.codes.OK
    assert reply.json()["hits"]


def test_a_photo_that_is_too_large_is_refused_in_a_way_that_its_sender_hears(
    secure: httpx.Client,
) -> None:
    """nginx tells nobody what a service answers before it has read all: the limit is its own."""
    params = {"params": "{}"}
    allowed = secure.post("/v1/recommend", files={"image": bytes(14_990_000)}, data=params)
    assert allowed.json()["error"]["code"] == "bad_image"
    for size in (15_000_000, 15_800_000, 40_000_000):
        refused = secure.post("/v1/recommend", files={"image": bytes(size)}, data=params)
        assert refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


async def test_the_client_believes_the_authority_that_it_is_told_of(
    secured: Secured, street: list[StreetQuery], monkeypatch: pytest.MonkeyPatch
) -> None:
    x, y, width, height = street[0].crop
    asked = RecommendParams(crop=Crop(x=x, y=y, width=width, height=height))
    photo = street[0].photo.read_bytes()
    async with HttpSearchClient(secured.url, deadline_s=PATIENCE_S) as client:
        with pytest.raises(UnavailableError):
            await client.recommend(photo, asked)
    monkeypatch.setenv("SSL_CERT_FILE", str(secured.authority))
    async with HttpSearchClient(secured.url, deadline_s=PATIENCE_S) as client:
        assert (await client.recommend(photo, asked)).hits
