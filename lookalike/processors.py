"""How many processors this process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

_ROOT: Final = Path("/")


def usable_processors(root: Path = _ROOT) -> int:
    """1 or more: those that it may run on, or fewer if its control groups grant less time.

    A container that is limited to two processors sees all of its machine's: threads for each would
    take the memory of that many, and stand still for most of every tenth of a second. A quota of
    one and a half counts as two.

    `root` is where /proc and /sys are looked for. Source: the kernel's documents "Control Group v2"
    (CPU interface files) and "CFS Bandwidth Control" (version 1).
    """
    granted = min(map(_quota, _groups(root)), default=math.inf)
    return math.ceil(min(granted, len(os.sched_getaffinity(0))))


def _groups(root: Path) -> Iterator[Path]:
    """The folders of this process's control groups that may hold a quota, and of those above them.

    In a container a group's path may be the host's, and its mount the container's own: then only
    the mount is there.
    """
    mounts = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        group = PurePosixPath(path.lstrip("/"))
        for above in (group, *group.parents):
            yield mounts / ("cpu" if controllers else "") / above


def _quota(group: Path) -> float:
    """Processors' worth of time that a group has, above 0; infinite where nothing limits it."""
    legacy = (group / "cpu.cfs_quota_us", group / "cpu.cfs_period_us")
    match _numbers(group / "cpu.max") or (*_numbers(legacy[0]), *_numbers(legacy[1])):
        case (quota, period) if quota > 0 and period > 0:
            return quota / period
    return math.inf


def _numbers(file: Path) -> tuple[float, ...]:
    """What a kernel's file holds, "max" as infinite; nothing where there is none."""
    try:
        return tuple(float(word.replace("max", "inf")) for word in file.read_text().split())
    except OSError:
        return ()
