"""`lookalike keys`: made once, listed without secrets, revoked."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError
from typer.testing import CliRunner

from cli.keys import app
from cli.served_config import with_data
from cli.settings import Settings
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope

ROOT = Path(__file__).parents[3]
run = CliRunner().invoke


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOOKALIKE_DATA_DIR", str(tmp_path))
    return tmp_path


async def test_the_key_alone_is_on_stdout_and_counts(folder: Path) -> None:
    made = run(app, ["add", "shop", "--scope", "read", "--scope", "write", "--days", "1"])
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert key.startswith("lk_")
    assert "may search and change the catalogue, until " in made.stderr
    stored = await KeyRing(folder / "keys.json").find(key)
    assert stored is not None
    assert stored.scopes == (Scope.READ, Scope.WRITE)


def test_the_list_shows_everything_but_keys_and_hashes(folder: Path) -> None:
    keys = [run(app, ["add", name, "--per-minute", "30"]).stdout.strip() for name in ("a", "b")]
    shown = run(app, ["list"]).stdout + run(app, ["list", "--json"]).stdout
    kept = json.loads((folder / "keys.json").read_text())["keys"]
    for key, stored in zip(keys, kept, strict=True):
        assert stored["id"] in shown
        assert key.rpartition("_")[2] not in shown
        assert stored["sha256"] not in shown
    listed = [json.loads(line) for line in run(app, ["list", "--json"]).stdout.splitlines()]
    assert [(key["name"], key["state"], key["per_minute"]) for key in listed] == [
        ("a", "active", 30), ("b", "active", 30),
    ]  # fmt: skip


def test_revoking_is_told_and_shown() -> None:
    run(app, ["add", "old"])
    run(app, ["add", "new"])
    assert run(app, ["revoke", "old"]).exit_code == 0
    later = run(app, ["revoke", "new", "--in-hours", "24"])
    assert later.exit_code == 0
    assert re.search(r" is revoked from \d{4}-\d\d-\d\d \d\d:\d\d on\.$", later.stderr.strip())
    listed = [json.loads(line) for line in run(app, ["list", "--json"]).stdout.splitlines()]
    assert [key["state"] for key in listed] == ["revoked", "active"]
    assert listed[1]["revoked"] is not None
    assert "1970" not in run(app, ["list"]).stdout


def test_what_was_revoked_at_once_is_not_revoked_later() -> None:
    key = run(app, ["add", "old"]).stderr.split()[1]
    run(app, ["revoke", key])
    again = run(app, ["revoke", key, "--in-hours", "24"])
    assert again.stderr.strip().endswith("is revoked from now on.")


def test_what_is_revoked_at_once_no_clock_undoes(folder: Path) -> None:
    run(app, ["add", "old"])
    run(app, ["revoke", "old"])
    (key,) = KeyFile(folder / "keys.json").read()
    set_back = key.created - timedelta(days=365)
    assert key.state(set_back) == "revoked"


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["revoke", "nobody"], "no active key of the id or name 'nobody'"),
        (["add", ""], "name: "),
        (["add", "x" * 101], "name: "),
    ],
)
def test_what_can_t_be_done_is_a_sentence(command: list[str], told: str) -> None:
    refused = run(app, command)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert told in refused.stderr


def test_an_empty_list_is_no_error() -> None:
    assert run(app, ["list"]).exit_code == 0


def test_up_hands_the_settings_of_keys_to_every_door(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    monkeypatch.setenv("LOOKALIKE_REQUIRE_KEYS", "always")
    doors = [
        app["args"]["gateway"]["access"] for app in with_data(config, Settings())["applications"]
    ]
    told = {"require_keys": "always", "keys_file": str(folder / "keys.json")}
    assert doors == [{"bound_to": "127.0.0.1", **told}] * 2
    for served in config["applications"]:
        served["args"]["gateway"]["access"]["hosts"] = ["old.shop.example"]
    for variable, names in (("", "old.shop.example"), ("new.example, b", "new.example b")):
        monkeypatch.setenv("LOOKALIKE_HOSTS", variable)
        doors = [
            app["args"]["gateway"]["access"]
            for app in with_data(config, Settings())["applications"]
        ]
        assert [door["hosts"] for door in doors] == [names.split()] * 2
    monkeypatch.setenv("LOOKALIKE_REQUIRE_KEYS", "sometimes")
    with pytest.raises(ValidationError):
        Settings()
