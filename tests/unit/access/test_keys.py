"""Keys: made, kept as hashes, looked up, revoked, followed."""

from __future__ import annotations

import json
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from lookalike.access.key_file import KeyFile, KeyFileError
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, StoredKey, digest_of, new_key

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    return KeyFile(tmp_path / "kept" / "keys.json")


def added(file: KeyFile, name: str = "shop", **options: object) -> tuple[str, StoredKey]:
    key, stored = new_key(name, [Scope.READ], **options)  # type: ignore[arg-type]
    file.add(stored)
    return key, stored


def test_a_key_is_kept_as_a_hash_that_tells_it_apart_from_any_other(file: KeyFile) -> None:
    key, _ = added(file)
    other, _ = added(file)
    kept = file.path.read_text()
    assert key.startswith("lk_")
    assert key not in kept
    assert key.rpartition("_")[2] not in kept
    first, second = file.read()
    assert first.sha256 == digest_of(key)
    assert first.is_that_of(key)
    assert not first.is_that_of(other)
    assert not second.is_that_of(key[:-1])


def test_a_thousand_keys_differ(file: KeyFile) -> None:
    assert len({new_key("x", [Scope.READ])[0] for _ in range(1000)}) == 1000


def test_the_file_is_its_owners_alone(file: KeyFile) -> None:
    added(file)
    file.path.chmod(0o644)
    added(file)
    assert [stat.S_IMODE(path.stat().st_mode) for path in file.path.parent.iterdir()] == [0o600] * 2


def test_writers_at_once_lose_nothing(file: KeyFile) -> None:
    writers = [threading.Thread(target=added, args=(file, f"shop {n}")) for n in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert {key.name for key in file.read()} == {f"shop {n}" for n in range(16)}


def test_a_key_is_revoked_by_id_or_by_a_name_that_only_one_has(file: KeyFile) -> None:
    (_, old), (_, new) = added(file), added(file)
    with pytest.raises(KeyFileError, match=f"{old.id}, {new.id}"):
        file.revoke("shop", NOW)
    assert file.revoke(old.id, NOW).state(NOW) == "revoked"
    assert file.revoke("shop", NOW + HOUR).id == new.id
    assert [key.state(NOW) for key in file.read()] == ["revoked", "active"]
    assert [key.state(NOW + HOUR) for key in file.read()] == ["revoked", "revoked"]
    with pytest.raises(KeyFileError, match="nobody"):
        file.revoke("nobody", NOW)


def test_a_revoked_key_is_not_revived_by_revoking_it_for_later(file: KeyFile) -> None:
    _, key = added(file)
    file.revoke(key.id, NOW)
    assert file.revoke(key.id, NOW + HOUR).state(NOW) == "revoked"


def test_a_key_ends_when_it_was_said_to() -> None:
    _, key = new_key("x", [Scope.READ], expires=NOW + HOUR)
    assert [key.state(NOW), key.state(NOW + HOUR)] == ["active", "expired"]


@pytest.mark.parametrize("wrong", [{"per_minute": 0}, {"expires": datetime(2026, 1, 1)}])
def test_a_key_that_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        new_key("x", [Scope.READ], **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        new_key("", [Scope.READ])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"keys": [{"id": "x"}]}'])
def test_a_file_that_is_none_is_told_and_never_written_over(file: KeyFile, text: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(text)
    with pytest.raises(KeyFileError, match=r"keys\.json"):
        file.add(new_key("x", [Scope.READ])[1])
    assert file.path.read_text() == text


async def test_a_running_service_sees_keys_come_and_go(file: KeyFile) -> None:
    ring = KeyRing(file.path, look_every_s=0)
    old, stored = added(file)
    assert await ring.find(old) == stored
    new, later = added(file)
    assert await ring.find(new) == later
    assert await ring.find(old) == stored, "both count while one replaces the other"
    file.revoke(stored.id, datetime.now(UTC))
    assert await ring.find(old) is None
    assert await ring.find(new) == later
    file.path.unlink()
    assert await ring.find(new) is None


async def test_only_the_whole_key_counts(file: KeyFile) -> None:
    ring = KeyRing(file.path)
    key, stored = added(file)
    wrong = ("", "lk_", stored.id, f"lk_{stored.id}_", key[:-1], key + "x", key.upper(), "\ud800")
    assert [await ring.find(sent) for sent in (*wrong, stored.sha256)] == [None] * 9
    assert await ring.find(key) == stored


async def test_an_expired_key_does_not_count(file: KeyFile) -> None:
    key, _ = added(file, expires=NOW - HOUR)
    assert await KeyRing(file.path).find(key) is None


async def test_a_slip_of_an_editor_locks_nobody_out(
    file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    ring = KeyRing(file.path, look_every_s=0)
    key, stored = added(file)
    assert await ring.find(key) == stored
    content = json.loads(file.path.read_text())
    file.path.write_text('{"keys": [')
    for _ in range(3):
        assert await ring.find(key) == stored
    assert caplog.text.count("the keys that are known stay") == 1
    file.path.write_text(json.dumps(content | {"keys": []}))
    assert await ring.find(key) is None


async def test_the_file_is_looked_at_no_more_often_than_said(file: KeyFile) -> None:
    ring = KeyRing(file.path, look_every_s=3600)
    assert await ring.find("lk_") is None
    key, _ = added(file)
    assert await ring.find(key) is None
