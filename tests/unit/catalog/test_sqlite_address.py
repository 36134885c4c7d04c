"""Folders that mean something in an address: the catalogue lies where it was said to."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from catalog.sqlite_address import absolute, sqlite_url
from catalog.store import open_store

FOLDERS = ["q?x", "a%20b", "50% off", "한글 폴더", "a#b", "a+b@c:d"]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_store_lies_in_the_folder_that_was_named(name: str, tmp_path: Path) -> None:
    file = tmp_path / name / "catalog.sqlite"
    with open_store(sqlite_url(file)) as store:
        assert store.counts().products == 0
    assert file.exists()
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_relative_address_is_that_file_in_the_working_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    found = absolute(f"{sqlite_url(Path(name) / 'catalog.sqlite')}?timeout=9")
    assert make_url(found).database == str(folder / name / "catalog.sqlite")
    assert make_url(found).query == {"timeout": "9"}


def test_other_databases_keep_their_address() -> None:
    for url in ("postgresql+psycopg://shop@store/a%20b", "sqlite:///"):
        assert absolute(url) == url
