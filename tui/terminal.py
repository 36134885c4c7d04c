"""What pictures the terminal can show."""

from __future__ import annotations

import os
import re
import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

Graphics = Literal["kitty", "sixel", "half-blocks"]

ANSWER_WITHIN_S: Final = 1.0
"""Every terminal answers the second question, at once; over a slow line it takes a while."""

_QUESTIONS: Final = b"\x1b_Gi=1,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
"""Kitty's graphics, which others ignore, then the attributes, which all tell.

Source: Kitty's "Terminal graphics protocol", "Querying support"; DEC STD 070, DA1.
"""
_KITTY: Final = re.compile(rb"\x1b_G[^\x1b]*;OK\x1b\\")
_ATTRIBUTES: Final = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL: Final = b"4"


def graphics_here() -> Graphics:
    """What the terminal of this process says that it draws.

    It answers on stdin, so ask before the application reads keys there.
    """
    if sys.platform == "win32":
        return "half-blocks"
    source, sink = sys.__stdin__, sys.__stdout__
    if source is None or sink is None or not (source.isatty() and sink.isatty()):
        return "half-blocks"
    with _unbuffered(source.fileno()):
        os.write(sink.fileno(), _QUESTIONS)
        return understood(_answer(source.fileno()))


def understood(answer: bytes) -> Graphics:
    """What a terminal's answer says; Sixel where it claims both.

    Konsole and WezTerm claim Kitty's graphics too, without the placeholders that are used here.
    """
    attributes = _ATTRIBUTES.search(answer)
    if attributes is not None and _SIXEL in attributes[1].split(b";"):
        return "sixel"
    return "kitty" if _KITTY.search(answer) else "half-blocks"


def _answer(fd: int) -> bytes:
    answer, deadline = b"", time.monotonic() + ANSWER_WITHIN_S
    while not _ATTRIBUTES.search(answer):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            break
        part = os.read(fd, 1024)
        if not part:
            break
        answer += part
    return answer


@contextmanager
def _unbuffered(fd: int) -> Iterator[None]:
    """Answers come as they are sent, and are not echoed."""
    import termios
    import tty

    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSANOW)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSANOW, before)
