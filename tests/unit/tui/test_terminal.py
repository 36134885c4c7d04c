"""What a terminal says that it draws."""

from __future__ import annotations

import pytest

from tui.terminal import Graphics, understood

KITTY = b"\x1b_Gi=1;OK\x1b\\"


@pytest.mark.parametrize(
    ("answer", "graphics"),
    [
        (KITTY + b"\x1b[?62;c", "kitty"),
        (b"\x1b[?62;4;22c", "sixel"),
        (KITTY + b"\x1b[?65;4;6;18;22c", "sixel"),
        (b"\x1b[?62;14;44c", "half-blocks"),
        (b"\x1b_Gi=1;EINVAL:unknown\x1b\\\x1b[?6c", "half-blocks"),
        (b"typed ahead\x1b[?64;4c", "sixel"),
        (b"", "half-blocks"),
    ],
)
def test_an_answer_is_understood(answer: bytes, graphics: Graphics) -> None:
    assert understood(answer) == graphics
