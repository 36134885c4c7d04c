"""The memory of this process, on Linux.

Not `resource.getrusage`: what starts a process counts in its `ru_maxrss`, however little it takes
itself.
"""

from __future__ import annotations

import gc
from pathlib import Path


def resident_bytes() -> int:
    """What it holds now, garbage not counted."""
    gc.collect()
    return _status_bytes("VmRSS")


def peak_bytes() -> int:
    """The most that it has held since it began, or since `count_peak_anew`."""
    return _status_bytes("VmHWM")


def count_peak_anew() -> None:
    """Have the peak be what is held now."""
    Path("/proc/self/clear_refs").write_text("5")


def _status_bytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(kilobytes) * 1024
