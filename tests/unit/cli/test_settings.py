"""What the environment says to the `lookalike` command."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.catalog import app
from cli.settings import Settings

NAMES = ("DATA_DIR", "STORE_URL", "IMAGES_DIR", "KEYS_FILE", "REQUIRE_KEYS", "WEIGHTS")


def test_a_variable_that_says_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an EnvironmentFile, where a line is kept and its value taken away."""
    for name in NAMES:
        monkeypatch.delenv(f"LOOKALIKE_{name}", raising=False)
    without = Settings()
    for name in NAMES:
        monkeypatch.setenv(f"LOOKALIKE_{name}", "")
    assert Settings() == without
    assert Settings().model_fields_set == set()


def test_a_variable_that_says_what_nothing_does_is_told_in_a_sentence(tmp_path: Path) -> None:
    told = CliRunner().invoke(
        app, ["stats", "--data", str(tmp_path)], env={"LOOKALIKE_REQUIRE_KEYS": "sometimes"}
    )
    assert told.exit_code == 2
    assert "LOOKALIKE_REQUIRE_KEYS: Input should be 'auto'" in told.stderr
