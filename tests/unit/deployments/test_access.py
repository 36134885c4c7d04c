"""Which doors ask for keys, and which are not opened at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployments.access import (
    DEFAULT_PER_MINUTE,
    check_config_may_open,
    check_may_open,
    is_loopback,
    rules_of,
    with_hosts,
)
from deployments.errors import ServiceError
from deployments.local_service import LocalService
from deployments.settings import AccessArgs
from lookalike.access.key_file import KeyFile
from lookalike.access.keys import Scope, new_key

ROOT = Path(__file__).parents[3]
ALL, WRITES, NONE = frozenset(Scope), frozenset({Scope.WRITE}), frozenset[Scope]()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("[::1]", True),
        ("localhost", True), ("0.0.0.0", False), ("::", False), ("192.0.2.7", False),
        ("shop.example", False), ("localhost.shop.example", False), ("", False),
    ],
)  # fmt: skip
def test_loopback_is_told_from_all_else(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


@pytest.mark.parametrize(
    ("given", "host", "guarded", "per_minute"),
    [
        ({}, "127.0.0.1", NONE, None),
        ({}, "0.0.0.0", ALL, DEFAULT_PER_MINUTE),
        ({}, "", ALL, DEFAULT_PER_MINUTE),
        ({"require_keys": "never"}, "0.0.0.0", NONE, DEFAULT_PER_MINUTE),
        ({"require_keys": "never"}, "127.0.0.1", NONE, None),
        ({"require_keys": "always"}, "127.0.0.1", ALL, DEFAULT_PER_MINUTE),
        ({"require_keys": "writes"}, "127.0.0.1", WRITES, None),
        ({"require_keys": "writes"}, "0.0.0.0", WRITES, DEFAULT_PER_MINUTE),
        ({"per_minute": 7}, "127.0.0.1", NONE, 7),
        ({"per_minute": 0}, "0.0.0.0", ALL, None),
    ],
)
def test_keys_and_limits_are_off_on_loopback_and_on_elsewhere_unless_told_otherwise(
    given: dict[str, Any], host: str, guarded: frozenset[Scope], per_minute: int | None
) -> None:
    rules = rules_of(AccessArgs(**given), host)
    assert (rules.guarded, rules.per_minute) == (guarded, per_minute)


def test_a_door_that_others_reach_is_not_opened_without_keys(tmp_path: Path) -> None:
    args = AccessArgs(keys_file=tmp_path / "keys.json")
    check_may_open("the HTTP door", args, "127.0.0.1")
    for host in ("0.0.0.0", ""):
        with pytest.raises(ServiceError, match=r"lookalike keys add NAME.*REQUIRE_KEYS=never"):
            check_may_open("the HTTP door", args, host)
    _, key = new_key("shop", [Scope.READ])
    KeyFile(args.keys_file).add(key)
    check_may_open("the HTTP door", args, "0.0.0.0")
    KeyFile(args.keys_file).revoke(key.id, datetime.now(UTC))
    with pytest.raises(ServiceError, match="none that counts"):
        check_may_open("the HTTP door", args, "0.0.0.0")
    check_may_open("the HTTP door", args.model_copy(update={"require_keys": "never"}), "0.0.0.0")


def test_the_files_doors_are_those_that_are_checked(tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    check_config_may_open(config)
    check_config_may_open(with_hosts(config, "127.0.0.1", "127.0.0.1"))
    for hosts, door in ((("0.0.0.0", None), "HTTP"), (("127.0.0.1", "0.0.0.0"), "NATS")):
        with pytest.raises(ServiceError, match=f"{door}.*listens on 0"):
            check_config_may_open(with_hosts(config, *hosts))
    with pytest.raises(ServiceError, match="listens on 0"):
        check_config_may_open(yaml.safe_load((ROOT / "serve_config.gpu.yaml").read_text()))


def test_a_certificate_that_nothing_would_use_is_refused(tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    config["http_options"] |= {"ssl_certfile": "cert.pem", "ssl_keyfile": "key.pem"}
    with pytest.raises(ServiceError, match=r"docs/security\.md"):
        LocalService(config, tmp_path / "serve.log", port=0).start()
