"""Processes that must not outlive the one that started them."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from subprocess import Popen
from threading import Thread

_PR_SET_PDEATHSIG = 1


def end_with_parent(by: signal.Signals, parent: int | None = None) -> None:
    """Have the kernel send `by` to this process when its parent ends; Linux only.

    `parent` is the id of the process that started this one: where that has ended by now, `by` comes
    at once. What starts such a child does so by `launched`.

    Source: prctl(2), PR_SET_PDEATHSIG. It survives exec.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, by)
        if parent not in (None, os.getppid()):
            signal.raise_signal(by)


def launched(start: Callable[[], Popen[bytes]]) -> Popen[bytes]:
    """The child that `start` starts, by a thread that lives for as long as the child does.

    To the kernel not a process is a child's parent but its thread that started the child: what asks
    to `end_with_parent` would end with the caller's thread.

    Raises: what `start` does.
    """
    child: Future[Popen[bytes]] = Future()

    def start_and_stay() -> None:
        try:
            process = start()
        except BaseException as error:
            child.set_exception(error)
        else:
            child.set_result(process)
            process.wait()

    Thread(target=start_and_stay, name="parent", daemon=True).start()
    return child.result()


def main() -> None:
    """Become the program on the command line, and end with the parent: `-m` this module.

    The parent's id stands before the program.
    """
    end_with_parent(signal.SIGTERM, int(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
