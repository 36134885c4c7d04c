"""A real store, once in a SQLite file and once in a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.store import CatalogStore, open_store
from tests.postgres import PostgresCluster


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of a store that is not there yet; each test that asks runs on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store' / 'catalog.sqlite'}"
        return
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    with cluster.database() as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[CatalogStore]:
    """An empty store, closed at the end."""
    with open_store(store_url) as opened:
        yield opened
