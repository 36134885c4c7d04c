"""A real store in a file, and products to put into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.store import CatalogStore, open_store


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """Address of a store that is not there yet."""
    return f"sqlite:///{tmp_path / 'store' / 'catalog.sqlite'}"


@pytest.fixture
def store(store_url: str) -> Iterator[CatalogStore]:
    """An empty store, closed at the end."""
    with open_store(store_url) as opened:
        yield opened
