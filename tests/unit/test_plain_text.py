"""Text of a catalogue as it is shown: nothing that is obeyed, and all that is read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.plain_text import plain


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # two parts of one word, not joined
        "क्\u200dष क्\u200cष",
        "👩\u200d👩\u200d👧 ❤️\u200d🔥 👩🏽\u200d🚀",
        "🩷 원피스",  # newer than Python 3.11's Unicode
        "🫪",
        "🙂\u200d↔️ 🏃\u200d➡️",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",  # of England
    ],
)
def test_what_is_read_stays(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Sommer\xadkleid", "Sommerkleid"),
        ("maxi\u200bdress\ufeff", "maxidress"),
        ("a\u202egnp.exe\u202c \u2066b\u2069 \u200ec\u200f \u061cd", "agnp.exe b c d"),
        ("Nike\u200d", "Nike"),
        ("a\u200d↔", "a↔"),
        ("🏴\U000e0067\U000e0062 \U000e0065\U000e007f x\U000e0061", "🏴 x"),
        ("Ni\u200dke \u200cA\u200c\u200cB 👩\u200d", "Nike AB 👩"),
        ("a\x1b[31m\r\n\tb\x9bc\u2028d\u2029e", "a [31m b c d e"),
        ("a\ufffeb\ufdd0c\U0010ffffd\ue000e\ud800f", "a b c d e f"),
    ],
)
def test_what_is_not_seen_goes(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lo", "So", "Mn"])))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    left = {char for char in plain(text) if unicodedata.category(char) in {"Cc", "Cf", "Cs"}}
    assert left <= {"\u200c", "\u200d"}
    assert plain(plain(text)) == plain(text)
