"""Machine code that is kept: found again as long as nothing that went into it has changed."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from catalog.index import compiled

LOOP = """
from loops.compiled import compiled
from loops.helper import FACTOR, more


@compiled
def loop(x):
    return FACTOR * more(x)


print(loop(10), sum(loop.stats.cache_hits.values()))
"""
HELPER = """
from loops.compiled import compiled

FACTOR = 2


@compiled
def more(x):
    return x + 1
"""


@pytest.fixture
def loops(tmp_path: Path) -> Path:
    """A package with the real decorator, and a loop that compiles in what another file has."""
    package = tmp_path / "loops"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copy(compiled.__file__, package / "compiled.py")
    (package / "helper.py").write_text(HELPER)
    (package / "loop.py").write_text(LOOP)
    return package


def test_a_file_system_without_locks_keeps_no_shard_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_file: object, _how: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with compiled.one_process_at_a_time():
        reached = True
    assert reached


def run(loops: Path) -> str:
    """What the loop gives, and how often its machine code was there already."""
    command = [sys.executable, "-m", "loops.loop"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=loops.parent, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_change_in_another_file_is_compiled_in(loops: Path) -> None:
    assert [run(loops), run(loops)] == ["22 0", "22 1"]
    (loops / "helper.py").write_text(HELPER.replace("x + 1", "x + 2"))
    assert run(loops) == "24 0"
    (loops / "helper.py").write_text(HELPER.replace("FACTOR = 2", "FACTOR = 3"))
    assert run(loops) == "33 0"


def test_folders_of_earlier_states_do_not_pile_up(loops: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for age in range(6):
        earlier = cache / f"loops-{age}"
        (earlier / "index").mkdir(parents=True)
        os.utime(earlier, (1e9 - age, 1e9 - age))
    folder = compiled.machine_code_folder(iter([cache]), loops)
    assert folder is not None
    names = {folder.name, "loops-0", "loops-1", "loops-2"}
    assert {kept.name for kept in cache.iterdir()} == names
    assert compiled.machine_code_folder(iter([cache]), loops) == folder


def test_what_can_not_be_written_is_passed_over(loops: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    parents = [tmp_path / "a file", tmp_path / "cache"]
    folder = compiled.machine_code_folder(iter(parents), loops)
    assert folder is not None
    assert folder.parent == tmp_path / "cache"
    assert compiled.machine_code_folder(iter(parents[:1]), loops) is None
