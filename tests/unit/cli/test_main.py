"""The command starts quickly and says what it lacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.commands import COMMANDS
from cli.main import app

_LOADED = """
import sys
from typer.testing import CliRunner
from cli.main import app
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
print(*{name.partition(".")[0] for name in sys.modules})
"""

_TUI_LOADED = """
import contextlib, sys
from cli.entry import main
sys.argv = ["lookalike", "tui", "--help"]
with contextlib.suppress(SystemExit):
    main()
print(*{name.partition(".")[0] for name in sys.modules})
"""

_WITHOUT = """
import sys
sys.modules[sys.argv.pop(1)] = None
from cli.entry import main
main()
"""


def test_help_names_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    for command in COMMANDS:
        assert command.name in shown


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    heavy = {"torch", "ray", "numpy", "sqlalchemy", "fastapi", "onnxruntime", "PIL"}
    assert not heavy & set(done.stdout.split())


def test_the_terminal_ui_is_called_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _TUI_LOADED], capture_output=True, text=True, check=True
    )
    assert "usage: lookalike tui" in done.stdout
    assert not {"pydantic", "typer"} & set(done.stdout.splitlines()[-1].split())


def test_a_group_shows_its_own_help() -> None:
    shown = CliRunner().invoke(app, ["catalog", "demo", "--help"])
    assert shown.exit_code == 0
    assert "--per-category" in shown.output


@pytest.mark.parametrize(
    "called", [["search", "--", "-x.jpg"], ["catalog", "import", "--", "-x.csv"]]
)
def test_a_file_may_begin_with_a_dash(
    called: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = CliRunner().invoke(app, called)
    assert shown.exit_code == 1
    assert "No such file or directory" in shown.output
    assert called[-1] in shown.output


def test_an_unknown_command_is_refused() -> None:
    assert CliRunner().invoke(app, ["nonsense"]).exit_code == 2


@pytest.mark.parametrize(
    ("called", "options", "package", "extra"),
    [
        (["catalog", "stats"], [], "sqlalchemy", "serve"),
        (["keys"], [], "numpy", "serve"),
        (["tui"], [], "textual", "tui"),
        (["train"], ["--data", ".", "--out", "out"], "torch", "serve,train"),
    ],
)
def test_a_missing_extra_is_told_in_a_sentence(
    called: list[str], options: list[str], package: str, extra: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT, package, *called, *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == (
        f"lookalike {' '.join(called)} needs the package {package}, which is not installed: "
        f"pip install -e '.[{extra}]' in the checkout\n"
    )
