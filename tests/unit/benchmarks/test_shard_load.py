"""What a shard takes is told of the process that loads it, not of the one that started it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.shard_load import draw_store, loaded_apart

_BALLAST_BYTES = 600_000_000


def test_memory_of_the_process_that_asks_is_not_counted(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.sqlite'}"
    draw_store(url, 200)
    ballast = np.ones(_BALLAST_BYTES, np.uint8)
    loaded = loaded_apart(url)
    assert loaded.rows == 200
    assert 0 <= loaded.grown_bytes < ballast.nbytes / 4
