"""What every process of the service has before all else, in processes of its own."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deployments.collector import collect_as_usual
from deployments.transport import cluster_env, transport_env

ROOT = Path(__file__).parents[3]


def _print_in_a_process(
    code: str,
    monkeypatch: pytest.MonkeyPatch,
    *path: str,
    of: Callable[[dict[str, str]], dict[str, str]] = dict,
) -> list[str]:
    """The words that `code` prints in a process as `lookalike up` starts one beside Ray's."""
    monkeypatch.setenv("PYTHONPATH", ":".join([*path, str(ROOT)]))
    env = {"PYTHONPATH": of(transport_env())["PYTHONPATH"], "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_pandas_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import sys, ray.serve; print('pandas' in sys.modules)"
    assert _print_in_a_process(code, monkeypatch) == ["False"]


def test_on_a_cluster_which_works_at_features_too_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import gc, sys, ray.data; print('pandas' in sys.modules, gc.get_threshold()[0])"
    assert _print_in_a_process(code, monkeypatch, of=cluster_env) == ["True", "50000"]


def test_the_collector_rests_until_a_stage_or_door_begins_to_serve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = (
        "import gc; from deployments.collector import collect_as_usual;"
        "print(gc.get_threshold()[0], gc.get_freeze_count());"
        "collect_as_usual(); print(*gc.get_threshold(), gc.get_freeze_count() > 1000)"
    )
    usual = [str(number) for number in gc.get_threshold()]
    assert _print_in_a_process(code, monkeypatch) == ["50000", "0", *usual, "True"]


def test_a_sitecustomize_of_somebody_else_runs_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.theirs = 'ran'\n")
    code = "import gc, sys; print(sys.theirs, gc.get_threshold()[0])"
    assert _print_in_a_process(code, monkeypatch, str(tmp_path)) == ["ran", "50000"]


def test_a_process_that_was_started_otherwise_keeps_its_thresholds() -> None:
    before = gc.get_threshold()
    try:
        collect_as_usual()
        assert gc.get_threshold() == before
    finally:
        gc.unfreeze()
