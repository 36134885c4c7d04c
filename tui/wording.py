"""What the interface says, in English or Korean.

English texts are their own keys; `tui.korean` has the other language. Chosen once for the
process: a person reads one language at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

Language = Literal["en", "ko"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

_spoken: dict[str, Mapping[str, str]] = {"texts": {}}


def speak(language: Language) -> None:
    """Say everything in `language` from now on."""
    if language == "ko":
        from tui.korean import KOREAN

        _spoken["texts"] = KOREAN
    else:
        _spoken["texts"] = {}


def say(text: str, /, **values: object) -> str:
    """`text` in the language chosen, with `values` in its {places}."""
    told = _spoken["texts"].get(text, text)
    return told.format(**values) if values else told


def language_of_locale(environment: Mapping[str, str]) -> Language:
    """Korean where the environment's locale is, else English. Source: POSIX, 8.2."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    named = next((environment[name] for name in names if environment.get(name)), "")
    return "ko" if named.lower().startswith("ko") else "en"
