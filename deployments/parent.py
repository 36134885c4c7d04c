"""Processes that must not outlive the one that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals) -> None:
    """Have the kernel send `by` to this process when its parent ends; Linux only.

    Source: prctl(2), PR_SET_PDEATHSIG. It survives exec.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, by)


def main() -> None:
    """Become the program that the command line names, and end with the parent: `-m` this module."""
    end_with_parent(signal.SIGTERM)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
