"""A web page whose own name is led to this machine reaches no door that asks for no keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.access import gate_of
from deployments.settings import HOSTS, AccessArgs
from tests.fakes import FakeSegmenter, jpeg
from tests.functional.http_door import client_over, code_of

ASKED: dict[str, dict[str, Any]] = {
    "/v1/recommend": {"method": "POST", "files": {"image": jpeg()}},
    "/v1/products/p-01": {"method": "GET"},
    "/v1/products/p-01/similar": {"method": "GET"},
    "/v1/products/p-02": {"method": "DELETE"},
}
OWN = ["127.0.0.1:8000", "127.0.0.1", "localhost", "LOCALHOST.:80", "[::1]:8000", "shop.localhost"]
OTHERS = ["rebound.example:8000", "localhost.rebound.example", "127.0.0.1.rebound.example", "", "["]


def door(folder: Path, **access: Any) -> httpx.AsyncClient:
    args = AccessArgs(keys_file=folder / "keys.json", **access)
    gate = gate_of(args, args.bound_to)
    return client_over(FakeSegmenter(), folder, gate=gate, access=args)


async def asked(client: httpx.AsyncClient, path: str, host: str) -> httpx.Response:
    return await client.request(url=path, headers={"host": host}, **ASKED[path])


@pytest.mark.parametrize("path", ASKED)
async def test_only_this_machines_names_are_answered(path: str, tmp_path: Path) -> None:
    async with door(tmp_path, bound_to="127.0.0.1") as client:
        refused = [await asked(client, path, host) for host in OTHERS]
        answers = [await asked(client, path, host) for host in OWN]
    assert [code_of(reply) for reply in refused] == [(403, "forbidden")] * len(OTHERS)
    assert "the names in LOOKALIKE_HOSTS alone" in refused[0].text
    assert not [reply.text for reply in answers if "LOOKALIKE_HOSTS" in reply.text]
    if path != "/v1/products/p-02":  # this door takes no changes
        assert {reply.status_code for reply in answers} == {200}


@pytest.mark.parametrize(
    "access",
    [
        {"bound_to": "127.0.0.1", "require_keys": "never"},
        {"bound_to": "127.0.0.1", "require_keys": "writes"},
        {"bound_to": "0.0.0.0", "require_keys": "never"},
    ],
)
async def test_a_door_that_was_opened_on_purpose_has_any_name(
    access: dict[str, Any], tmp_path: Path
) -> None:
    async with door(tmp_path, **access) as client:
        assert (await asked(client, "/v1/products/p-01", "shop.example")).status_code == 200


@pytest.mark.parametrize("require_keys", ["auto", "never"])
async def test_names_that_are_given_are_answered_too(
    require_keys: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOSTS, "service, Shop.example")
    bound_to = {"auto": "127.0.0.1", "never": "0.0.0.0"}[require_keys]
    async with door(tmp_path, bound_to=bound_to, require_keys=require_keys) as client:
        hosts = ["service:8000", "shop.example", "127.0.0.1:8000", "rebound.example:8000"]
        answers = [await asked(client, "/v1/products/p-01", host) for host in hosts]
    assert [reply.status_code for reply in answers] == [200, 200, 200, 403]


async def test_a_door_with_keys_asks_for_them_whatever_its_name(tmp_path: Path) -> None:
    async with door(tmp_path, bound_to="127.0.0.1", require_keys="always") as client:
        answer = await asked(client, "/v1/products/p-01", "shop.example")
    assert code_of(answer) == (401, "unauthorized")
