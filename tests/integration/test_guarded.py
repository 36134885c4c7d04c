"""A service that others reach: not without keys, and with them as told, in all its processes."""

from __future__ import annotations

import contextlib
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from cli.served_config import with_data
from cli.settings import Settings
from deployments.errors import ServiceError
from deployments.local_service import LocalService
from lookalike.access.key_file import KeyFile
from lookalike.access.keys import Scope, new_key
from lookalike.client.nats import NatsSearchClient
from lookalike.telemetry.json_log import LOG_LEVEL_VARIABLE
from tests.fakes import jpeg
from tests.integration.checkout import CHECKOUT
from tests.integration.conftest import READY_WITHIN_S
from tests.integration.processes import title_of

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue

PATIENCE = {"Lookalike-Deadline": "60"}
COUNTS_WITHIN_S = 60
"""Far above what is promised of a change to the keys' file: machines that run tests are busy."""
LOGGED_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Guarded:
    """The service, and what may ask it."""

    service: LocalService
    keys: KeyFile
    reader: str
    folder: Path

    def logs(self) -> bytes:
        """All that the service, its NATS server and its Ray have logged."""
        written = {*self.folder.rglob("*.jsonl"), *self.folder.rglob("*.log")}
        for session in self.ray_sessions():
            written |= {path for path in (session / "logs").rglob("*") if path.is_file()}
        texts = []
        for path in sorted(written):
            with contextlib.suppress(FileNotFoundError):  # Ray moves and removes its logs
                texts.append(path.read_bytes())
        return b"\n".join(texts)

    def ray_sessions(self) -> set[Path]:
        """Folders of the Ray sessions that its processes name on their command lines."""
        lines = " ".join(map(title_of, self.service.processes()))
        return {Path(found) for found in re.findall(r"--session[-_]dir[= ](\S+)", lines)}

    def ask(self, key: str | None, method: str = "POST", path: str = "/v1/classify") -> int:
        """The status of a request with a key."""
        headers = PATIENCE | ({"Authorization": f"Bearer {key}"} if key else {})
        files = {"image": jpeg()} if method == "POST" else None
        reply = httpx.request(
            method, f"{self.service.url}{path}", headers=headers, files=files, timeout=65
        )
        return reply.status_code

    def issue(self, *scopes: Scope, per_minute: int | None = None) -> tuple[str, str]:
        """A new key, and its id."""
        key, stored = new_key("test", scopes, per_minute=per_minute)
        self.keys.add(stored)
        return key, stored.id


@pytest.fixture(scope="module")
def guarded(demo: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Bound to every interface."""
    folder = tmp_path_factory.mktemp("guarded")
    config: dict[str, Any] = yaml.safe_load((CHECKOUT / "serve_config.yaml").read_text())
    settings = demo.model_copy(update={"keys_file": folder / "keys.json"})
    served = with_data(config, settings)
    keys = KeyFile(settings.keys_file)
    everything = {LOG_LEVEL_VARIABLE: "DEBUG"}
    service = LocalService(served, folder / "serve.log", port=0, host="0.0.0.0", env=everything)
    with pytest.raises(ServiceError, match=r"listens on 0\.0\.0\.0.*lookalike keys add"):
        service.start()
    assert service.processes() == []
    reader, stored = new_key("reader", [Scope.READ])
    keys.add(stored)
    with service:
        service.wait_ready(READY_WITHIN_S)
        files = haproxy_files(service)
        yield Guarded(service, keys, reader, folder)
    assert not files.exists()


def haproxy_files(service: LocalService) -> Path:
    """The folder that HAProxy's configuration and sockets are below."""
    lines = "\n".join(map(title_of, service.processes()))
    (node,) = {Path(found).parent for found in re.findall(r"-f (\S+/haproxy\.cfg)", lines)}
    return node.parent


def test_keys_scopes_and_limits_count_over_http(guarded: Guarded) -> None:
    assert guarded.ask(None) == 401
    assert guarded.ask("lk_guess") == 401
    assert guarded.ask(guarded.reader) == 200
    assert guarded.ask(guarded.reader, "DELETE", "/v1/products/nobody") == 403
    writer, _ = guarded.issue(Scope.READ, Scope.WRITE)
    hurried, _ = guarded.issue(Scope.READ, per_minute=1)
    assert answer_of(guarded, writer, "DELETE", "/v1/products/nobody") == 404
    assert [guarded.ask(hurried) for _ in range(2)] == [200, 429]


def answer_of(guarded: Guarded, key: str, *request: str) -> int:
    """The status, as soon as the key counts or its time is over."""
    until = time.monotonic() + COUNTS_WITHIN_S
    while (status := guarded.ask(key, *request)) == 401 and time.monotonic() < until:
        pass
    return status


def test_a_key_is_replaced_without_a_restart(guarded: Guarded) -> None:
    old, old_id = guarded.issue(Scope.READ)
    assert answer_of(guarded, old) == 200
    new, _ = guarded.issue(Scope.READ)
    assert answer_of(guarded, new) == 200
    assert guarded.ask(old) == 200
    guarded.keys.revoke(old_id, datetime.now(UTC))
    until = time.monotonic() + COUNTS_WITHIN_S
    while guarded.ask(old) != 401:
        assert time.monotonic() < until, "it is still let in"
    assert guarded.ask(new) == 200


async def test_over_nats_on_loopback_no_key_is_asked_for(guarded: Guarded) -> None:
    assert guarded.service.nats_url is not None
    async with NatsSearchClient(guarded.service.nats_url, deadline_s=60) as client:
        assert (await client.classify(jpeg())).request_id


def test_probes_and_pictures_are_open(guarded: Guarded) -> None:
    paths = ("/healthz", "/readyz", "/v1/images/" + "0" * 64 + ".jpg")
    assert [guarded.ask(None, "GET", path) for path in paths] == [200, 200, 404]


def test_headers_that_are_no_text_fail_nothing(guarded: Guarded) -> None:
    names = ("X-Request-Id", "X-Session-Id", "X-Request-Timeout-Seconds", "X-Shop")
    for name in names:
        reply = httpx.get(f"{guarded.service.url}/healthz", headers=[(name.encode(), b"\xff")])
        assert reply.status_code == 200, name
    reply = httpx.get(f"{guarded.service.url}/healthz", headers={"X-Request-Id": "order-7"})
    assert reply.headers["X-Request-Id"].startswith("order-7")


def test_other_users_of_the_machine_do_not_reach_haproxys_socket(guarded: Guarded) -> None:
    files = haproxy_files(guarded.service)
    assert stat.S_IMODE(files.stat().st_mode) == 0o700
    (control,) = files.rglob("admin.sock")
    assert stat.S_IMODE(control.stat().st_mode) == 0o600


async def test_no_key_that_was_sent_is_in_any_log(guarded: Guarded) -> None:
    """Known and unknown ones, in the header and where they do not belong, over both doors."""
    unknown, _ = new_key("nobody", [Scope.READ])
    known, asked = guarded.reader, f"/v1/classify?key={unknown}"
    assert guarded.ask(known) == 200
    assert guarded.ask(unknown) == 401
    assert guarded.ask(unknown, path=asked) == 401
    assert guarded.ask(f"{known}x", "DELETE", f"/v1/products/{unknown}") == 401
    assert guarded.service.nats_url is not None
    for key in (known, unknown):
        async with NatsSearchClient(guarded.service.nats_url, deadline_s=60, api_key=key) as client:
            last = (await client.classify(jpeg())).request_id
    until = time.monotonic() + LOGGED_WITHIN_S
    while last.encode() not in (logs := guarded.logs()):
        assert time.monotonic() < until, "the last request is in no log"
    assert guarded.ray_sessions()
    assert [key for key in (known, unknown) if key.split("_")[-1].encode() in logs] == []
