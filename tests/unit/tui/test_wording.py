"""Every text of the interface is there in Korean, and fits its English."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, DataTable, DirectoryTree, Input, OptionList, Select

import tui
from lookalike.contract.taxonomy import CATEGORIES
from tui.korean import KOREAN
from tui.search.filters import SORTS
from tui.wording import language_of_locale, say, speak

SOURCES = Path(tui.__file__).parent


def texts_in(source: str) -> Iterator[str]:
    """What `say` is called with, and what keys and help say of themselves."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="say"), args=[ast.Constant(value=str(text)), *_]):
                yield text
            case ast.Call(func=ast.Name(id="Binding"), args=[_, _, ast.Constant(value=str(text))]):
                yield text
            case ast.Assign(targets=[ast.Name(id="HELP")], value=ast.Constant(value=str(text))):
                yield text


def all_texts() -> set[str]:
    found = {text for path in SOURCES.rglob("*.py") for text in texts_in(path.read_text())}
    assert len(found) > 100
    return found | {str(category) for category in CATEGORIES} | set(SORTS)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_text_has_its_korean() -> None:
    assert sorted(all_texts() - set(KOREAN)) == []


@pytest.mark.parametrize(
    "widget", [Input, Select, DataTable, DirectoryTree, OptionList, Button, VerticalScroll]
)
def test_textuals_own_keys_are_told_in_korean(widget: type[Widget]) -> None:
    told = {
        binding.description
        for kind in (*widget.__mro__, Screen)
        for binding in kind.__dict__.get("BINDINGS", ())
        if isinstance(binding, Binding)
    }
    assert told - {""} - set(KOREAN) == set()


def test_a_translation_keeps_its_places() -> None:
    assert {text for text, korean in KOREAN.items() if places(text) != places(korean)} == set()


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LC_ALL": "C.UTF-8", "LANG": "ko_KR.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ko_KR", "LANG": "de_DE"}, "ko"),
        ({"LANG": "fr_FR"}, "en"),
    ],
)
def test_the_locale_says_the_language(environment: dict[str, str], language: str) -> None:
    assert language_of_locale(environment) == language


def test_one_language_is_spoken_at_a_time() -> None:
    try:
        speak("ko")
        assert say("No service answers at {address}.", address="x") == "x에서 응답이 없습니다."
        assert say("never translated") == "never translated"
    finally:
        speak("en")
    assert say("Search") == "Search"
