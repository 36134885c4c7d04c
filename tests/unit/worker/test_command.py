"""`python -m worker` says what is wrong in a sentence."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from worker.__main__ import app


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        ([], {"LOOKALIKE_URL": "shop.example:8000"}, "'shop.example:8000' is no address of a"),
        (["--http-url", "http://h:99999"], {}, "'http://h:99999' is no address of a service"),
        ([], {"LOOKALIKE_LOG_LEVEL": "VERBOSE"}, "LOOKALIKE_LOG_LEVEL=VERBOSE: only DEBUG, "),
        ([], {"LOOKALIKE_LOG": "/"}, "LOOKALIKE_LOG=/: Is a directory"),
        ([], {"LOOKALIKE_LOG": "/proc/none/x"}, "LOOKALIKE_LOG=/proc/none/x: No such file"),
    ],
)
def test_what_can_not_be_is_a_sentence(
    arguments: list[str], environment: dict[str, str], told: str
) -> None:
    ended = CliRunner().invoke(app, arguments, env=environment)
    assert ended.exit_code == 1
    assert ended.stderr.startswith(told)
    assert len(ended.stderr.splitlines()) == 1
