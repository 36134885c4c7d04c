"""A terminal with a program in it: keys go in, and the screen that a person would see is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import pyte

Graphics = Literal["none", "kitty", "sixel"]
PATIENCE_S: Final = 60.0
CELL_PX: Final = (10, 20)
KEYS: Final[Mapping[str, str]] = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "end": "\x1b[F",
    "f1": "\x1bOP",
    "ctrl+c": "\x03",
    "ctrl+o": "\x0f",
    "ctrl+p": "\x10",
    "ctrl+q": "\x11",
    "ctrl+r": "\x12",
    "ctrl+u": "\x15",
}
_STRINGS: Final = re.compile(rb"\x1b[_P](?:[^\x1b]|\x1b(?!\\))*\x1b\\")
"""Commands that carry a string, as both kinds of graphics do. Source: ECMA-48, 5.6."""
_UNFINISHED: Final = re.compile(rb"\x1b(?:[_P](?:[^\x1b]|\x1b(?!\\))*|\[[0-9;?<>=$]*)?\Z")
_QUERIES: Final = re.compile(rb"\x1b\[(?:c|16t|\?(\d+)\$p)")
_UNKNOWN_TO_PYTE: Final = re.compile(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]")


@dataclass(slots=True)
class Terminal:
    """An emulator around one end of a pseudo terminal; `graphics` is what it says that it can."""

    process: subprocess.Popen[bytes]
    fd: int
    columns: int
    rows: int
    graphics: Graphics = "none"
    raw: bytearray = field(default_factory=bytearray)
    """All that the program wrote."""
    read_at: float = 0.0
    """When it wrote last, by `time.perf_counter`."""
    ended: bool = False
    closed: bool = False
    _left_over: bytes = b""
    _screen: pyte.Screen = field(init=False)
    _stream: pyte.ByteStream = field(init=False)

    def __post_init__(self) -> None:
        self._screen = pyte.Screen(self.columns, self.rows)
        self._stream = pyte.ByteStream(self._screen)
        self._tell_size()

    # what a person sees and does

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, *texts: str, within_s: float = PATIENCE_S) -> str:
        """Read until all these are on the screen together; the whole screen then."""
        return self._wait(lambda: all(text in self.text for text in texts), repr(texts), within_s)

    def wait_until_gone(self, text: str, within_s: float = PATIENCE_S) -> str:
        """Read until the screen shows it no longer; the whole screen then."""
        return self._wait(lambda: text not in self.text, f"no {text!r}", within_s)

    def wait_for_bytes(self, wanted: bytes, within_s: float = PATIENCE_S) -> None:
        """Read until the program has written exactly these."""
        self._wait(lambda: wanted in self.raw, repr(wanted), within_s)

    def wait_end(self, within_s: float = PATIENCE_S) -> int:
        """Read until the program has ended; its exit status."""
        self._wait(lambda: self.ended, "its end", within_s)
        return self.process.wait(within_s)

    def press(self, *keys: str) -> None:
        """Press keys: a name of `KEYS`, or the characters themselves."""
        for key in keys:
            self._send(KEYS.get(key, key).encode())

    def paste(self, text: str) -> None:
        """Paste, as terminals do for a dropped file."""
        self._send(b"\x1b[200~" + text.encode() + b"\x1b[201~")

    def click(self, column: int, row: int) -> None:
        """Click on a cell, counted from 0."""
        for kind in "Mm":
            self._send(f"\x1b[<0;{column + 1};{row + 1}{kind}".encode())

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Drag the mouse from cell to cell (column, row), counted from 0."""
        for button, (column, row), kind in ((0, start, "M"), (32, end, "M"), (0, end, "m")):
            self._send(f"\x1b[<{button};{column + 1};{row + 1}{kind}".encode())

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size; the program is told by SIGWINCH."""
        self.columns, self.rows = columns, rows
        self._screen.resize(rows, columns)
        self._tell_size()

    def find(self, text: str) -> tuple[int, int]:
        """Where a text stands: column and row, counted from 0."""
        for row, line in enumerate(self._screen.display):
            if text in line:
                return line.index(text), row
        raise AssertionError(f"{text!r} is not on the screen:\n{self.text}")

    def modes_left_on(self) -> set[int]:
        """Private modes that the program switched on and not off again, but for the cursor's."""
        on: set[int] = set()
        for modes, switch in re.findall(rb"\x1b\[\?([\d;]+)([hl])", bytes(self.raw)):
            numbers = {int(mode) for mode in modes.split(b";")}
            on = on | numbers if switch == b"h" else on - numbers
        return on - {_CURSOR, _LINE_WRAP}

    @property
    def line_discipline(self) -> list[Any]:
        """The terminal's settings, which a program is to leave as it found them."""
        return termios.tcgetattr(self.fd)[:4]

    def close(self) -> None:
        """Close the window."""
        os.close(self.fd)
        self.closed = True

    # underneath

    def _tell_size(self) -> None:
        size = struct.pack("HHHH", self.rows, self.columns, 0, 0)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, size)

    def _send(self, data: bytes) -> None:
        os.write(self.fd, data)

    def _wait(self, done: Any, wanted: str, within_s: float) -> str:
        deadline = time.monotonic() + within_s
        while not done():
            left = deadline - time.monotonic()
            if left <= 0 or self.ended or not self._read(left):
                state = "ended" if self.ended else "runs on"
                raise AssertionError(
                    f"the program ({state}) did not show {wanted}:\n{self.text}\n"
                    f"last bytes: {bytes(self.raw[-300:])!r}"
                )
        return self.text

    def _read(self, within_s: float) -> bool:
        if not select.select([self.fd], [], [], within_s)[0]:
            return False
        data = b""
        while not self.ended and select.select([self.fd], [], [], 0)[0]:
            try:
                part = os.read(self.fd, 1 << 16)
            except OSError:  # Linux's way to say that the other end is closed
                part = b""
            self.read_at = time.perf_counter()
            self.ended = not part
            data += part
        self.raw += data
        self._take(data)
        return True

    def _take(self, data: bytes) -> None:
        data = self._left_over + data
        unfinished = _UNFINISHED.search(data)
        self._left_over = unfinished.group() if unfinished else b""
        data = data[: len(data) - len(self._left_over)]
        for string in _STRINGS.findall(data):
            self._answer_graphics(string)
        data = _STRINGS.sub(b"", data)
        for query in _QUERIES.finditer(data):
            self._answer(query)
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", _QUERIES.sub(b"", data)))

    def _answer(self, query: re.Match[bytes]) -> None:
        if query[1] is not None:
            self._send(b"\x1b[?%s;0$y" % query[1])
        elif query[0].endswith(b"c"):
            self._send(b"\x1b[?62;4;22c" if self.graphics == "sixel" else b"\x1b[?62;22c")
        else:
            self._send(b"\x1b[6;%d;%dt" % (CELL_PX[1], CELL_PX[0]))

    def _answer_graphics(self, string: bytes) -> None:
        if self.graphics == "kitty" and b"a=q" in string:
            number = re.search(rb"i=(\d+)", string)
            self._send(b"\x1b_Gi=%s;OK\x1b\\" % (number[1] if number else b"0"))


_CURSOR: Final = 25
_LINE_WRAP: Final = 7


@contextmanager
def terminal(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    columns: int = 100,
    rows: int = 30,
    graphics: Graphics = "none",
    folder: Path | None = None,
) -> Iterator[Terminal]:
    """Run a command in a terminal, in a folder; it has ended when the block ends."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=folder,
        env={"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environment},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(its)
    shown = Terminal(process, ours, columns, rows, graphics)
    try:
        yield shown
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.wait()
        if not shown.closed:
            shown.close()
