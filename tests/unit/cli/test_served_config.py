"""What the command line's settings make of a serve configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.served_config import with_data
from cli.settings import Settings

CONFIG: dict[str, Any] = {
    "applications": [
        {
            "import_path": "deployments.app:build",
            "args": {"encoder": {"weights": "own", "threads": 1}, "segmenter": {"model": "u2netp"}},
        },
        {"import_path": "worker.app:build"},
    ]
}


def test_photos_are_looked_at_as_the_catalogue_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_WEIGHTS", "other")
    monkeypatch.setenv("LOOKALIKE_SEGMENTER", "isnet-general-use")
    served = with_data(CONFIG, Settings(data_dir=tmp_path))
    first, worker = (application["args"] for application in served["applications"])
    assert first["encoder"] == {"weights": "other", "threads": 1}
    assert first["segmenter"] == {"model": "isnet-general-use"}
    assert worker["encoder"] == {"weights": "other"}


def test_the_configurations_own_models_stay_where_nothing_else_is_named(tmp_path: Path) -> None:
    served = with_data(CONFIG, Settings(data_dir=tmp_path))
    arguments = served["applications"][0]["args"]
    assert arguments["encoder"]["weights"] == "own"
    assert arguments["segmenter"] == {"model": "u2netp"}
