"""How many processors a process takes as its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lookalike.processors import usable_processors


@pytest.fixture(autouse=True)
def _eight_to_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)))


def machine(root: Path, groups: str, files: dict[str, str]) -> Path:
    """A machine whose kernel shows this of control groups."""
    files = {"proc/self/cgroup": groups} | {f"sys/fs/cgroup/{n}": f for n, f in files.items()}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content + "\n")
    return root


UNIFIED = "0::/shop.slice/lookalike.service"
LEGACY = "5:cpuset:/\n4:cpu,cpuacct:/docker/1f\n0::/"


@pytest.mark.parametrize(
    ("groups", "files", "processors"),
    [
        (UNIFIED, {}, 8),
        (UNIFIED, {"shop.slice/lookalike.service/cpu.max": "max 100000"}, 8),
        (UNIFIED, {"shop.slice/lookalike.service/cpu.max": "200000 100000"}, 2),
        (UNIFIED, {"shop.slice/lookalike.service/cpu.max": "150000 100000"}, 2),
        (UNIFIED, {"shop.slice/lookalike.service/cpu.max": "10000 100000"}, 1),
        (UNIFIED, {"shop.slice/lookalike.service/cpu.max": "1600000 100000"}, 8),
        (
            UNIFIED,
            {
                "shop.slice/lookalike.service/cpu.max": "400000 100000",
                "shop.slice/cpu.max": "300000 100000",
            },
            3,
        ),
        ("0::/", {"cpu.max": "200000 100000"}, 2),
        (LEGACY, {"cpu/docker/1f/cpu.cfs_quota_us": "-1"}, 8),
        (
            LEGACY,
            {
                "cpu/docker/1f/cpu.cfs_quota_us": "100000",
                "cpu/docker/1f/cpu.cfs_period_us": "50000",
            },
            2,
        ),
        (LEGACY, {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        (LEGACY, {"cpuset/docker/1f/cpu.max": "100000 100000"}, 8),
    ],
)
def test_a_quota_of_its_control_groups_counts(
    tmp_path: Path, groups: str, files: dict[str, str], processors: int
) -> None:
    assert usable_processors(machine(tmp_path, groups, files)) == processors


def test_without_control_groups_it_is_what_it_may_run_on(tmp_path: Path) -> None:
    assert usable_processors(tmp_path) == 8
