"""A shop to search in, and a photo to search with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.served import Served, served


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save_photo(tmp_path)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Served]:
    """A service of the test's own, that lets requests wait for ever."""
    with served(tmp_path / "held") as shop:
        shop.segmenter.hold = True
        yield shop
