"""torch on one thread: its threads wait for each other hundreds of times a search of few rows."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True, scope="package")
def _one_thread() -> None:
    torch.set_num_threads(1)
