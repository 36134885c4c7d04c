"""A program in a real terminal: a pty, with pyte as the emulator behind it."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pyte

_ARRIVES_WITHIN_S = 60.0
_KEYS = {"enter": "\r", "tab": "\t", "escape": "\x1b", "ctrl+q": "\x11", "f1": "\x1bOP"}


class _Screen(pyte.Screen):
    """A screen that answers what programs ask the terminal."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None]) -> None:
        self._answer = answer
        super().__init__(columns, rows)

    def write_process_input(self, data: str) -> None:
        """Pyte's hook for a terminal's answers."""
        self._answer(data)


class Terminal:
    """What the program wrote, as a person would see it, and the keyboard."""

    def __init__(self, fd: int, columns: int, rows: int) -> None:
        self._fd = fd
        self.screen = _Screen(columns, rows, self._answer)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""

    def press(self, *keys: str) -> None:
        """Press keys by name, or type text."""
        for key in keys:
            os.write(self._fd, _KEYS.get(key, key).encode())

    def paste(self, text: str) -> None:
        """Paste text, as a terminal does with a file that is dropped."""
        os.write(self._fd, f"\x1b[200~{text}\x1b[201~".encode())

    def text(self) -> str:
        """The screen's lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, shown: str | Callable[[str], bool]) -> str:
        """Read until a text is on the screen; the screen's text. Fails when it ends before."""
        seen = (lambda text: shown in text) if isinstance(shown, str) else shown
        while not seen(self.text()):
            if not self._read():
                raise AssertionError(f"never saw {shown!r}; the screen holds:\n{self.text()}")
        return self.text()

    def read_to_end(self) -> None:
        """Read until the program has closed the terminal."""
        while self._read():
            pass

    def _read(self) -> bool:
        readable, _, _ = select.select([self._fd], [], [], _ARRIVES_WITHIN_S)
        if not readable:
            return False
        try:
            chunk = os.read(self._fd, 1 << 16)
        except OSError as error:
            if error.errno == errno.EIO:  # Linux's way to say that the other end is closed
                return False
            raise
        self.raw += chunk
        self._stream.feed(chunk)
        return bool(chunk)

    def _answer(self, data: str) -> None:
        os.write(self._fd, data.encode())


@contextmanager
def terminal(
    command: Sequence[str], columns: int, rows: int, env: Mapping[str, str]
) -> Iterator[tuple[Terminal, subprocess.Popen[bytes]]]:
    """Run a command in a terminal of that size; ended, if it still runs, when the block is left."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, columns, rows), process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait(10)
        os.close(ours)
