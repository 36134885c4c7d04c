"""Whose the file of the keys is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.access.key_file import KeyFile, KeyFileError
from lookalike.access.keys import Scope, new_key

SERVICE = 10_001


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root may give files away")
@pytest.mark.parametrize("is_there", [True, False])
def test_what_root_changes_stays_readable_for_the_service(tmp_path: Path, is_there: bool) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    if is_there:
        keys.add(new_key("first", [Scope.READ])[1])
    for path in tmp_path.iterdir():
        os.chown(path, SERVICE, SERVICE)
    os.chown(tmp_path, SERVICE, SERVICE)
    keys.add(new_key("another", [Scope.READ])[1])
    written = keys.path.stat()
    assert (written.st_uid, written.st_gid) == (SERVICE, SERVICE)
    assert written.st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody but root may give files away")
def test_the_lock_that_root_makes_is_the_services_as_well(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    KeyFile(tmp_path / "keys.json").add(new_key("first", [Scope.READ])[1])
    assert {path.stat().st_uid for path in tmp_path.iterdir()} == {SERVICE}


def test_a_key_takes_no_other_keys_id(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys.json")
    first, second = (new_key(name, [Scope.READ])[1] for name in ("first", "second"))
    keys.add(first)
    with pytest.raises(KeyFileError, match="make another"):
        keys.add(second.model_copy(update={"id": first.id}))
    assert keys.read() == (first,)
