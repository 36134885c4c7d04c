"""The keys that Korean letters are typed with."""

from __future__ import annotations

import pytest

from tui.korean_keyboard import latin_keys


@pytest.mark.parametrize(
    ("korean", "keys"),
    [
        *zip(
            "ㅁㅠㅊㅇㄷㄹㅎㅗㅑㅓㅏㅣㅡㅜㅐㅔㅂㄱㄴㅅㅕㅍㅈㅌㅛㅋ",
            "abcdefghijklmnopqrstuvwxyz",
            strict=True,
        ),
        *zip("ㄲㄸㅃㅆㅉㅒㅖ", "REQTWOP", strict=True),
        ("프", "vm"),
        ("와", "dhk"),
        ("\u1111\u1173", "vm"),
        ("값", "rkqt"),
        ("힣", "glg"),
        ("ㄳ", "rt"),
        ("ㅢ", "ml"),
    ],
)
def test_letters_and_syllables_are_the_keys_that_make_them(korean: str, keys: str) -> None:
    assert latin_keys(korean) == list(keys)


@pytest.mark.parametrize("other", ["f", "é", "モ", "ｆ", "escape", "ﬁ", "ㆍ", "一"])
def test_what_is_no_korean_letter_has_no_other_keys(other: str) -> None:
    assert latin_keys(other) == []
