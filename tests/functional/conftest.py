"""Fixtures of the functional tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeSegmenter
from tests.functional.http_door import client_over


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_over(FakeSegmenter(), tmp_path) as client:
        yield client
