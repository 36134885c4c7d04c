"""The service's processes, as benchmarks name them."""

from __future__ import annotations

from pathlib import Path

import psutil


def name_of(process: psutil.Process) -> str:
    """The title that it gave itself, or its program and script; with the process id."""
    words = " ".join(process.cmdline()).split()
    if not words[0].startswith("ray::"):
        words = [Path(word).name for word in words if not word.startswith("-")][:2]
    return f"{' '.join(words)} ({process.pid})"
