"""What a command line says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lookalike.contract.addresses import DEFAULT_URL
from lookalike.contract.subjects import DEFAULT_NATS_URL
from tui.command import options_of

VARIABLES = ("LOOKALIKE_URL", "LOOKALIKE_API_KEY", "LOOKALIKE_DATA_DIR")


@pytest.fixture(autouse=True)
def nothing_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_without_a_word_it_asks_this_machine_over_http() -> None:
    options, pictures = options_of([], "tui")
    assert (options.url, options.images_url) == (DEFAULT_URL, DEFAULT_URL)
    assert (options.photo, options.api_key, options.language) == (None, None, None)
    assert (options.demo, options.data, pictures) == (False, Path("data"), "auto")


def test_the_environment_says_what_the_command_line_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in zip(VARIABLES, ("http://there", "key", "photos"), strict=True):
        monkeypatch.setenv(name, value)
    options, _ = options_of([], "tui")
    assert (options.url, options.api_key, options.data) == ("http://there", "key", Path("photos"))
    options, _ = options_of(["--url", "http://here", "--api-key", "mine", "--data", "mine"], "tui")
    assert (options.url, options.api_key, options.data) == ("http://here", "mine", Path("mine"))


def test_over_nats_pictures_come_from_the_http_door() -> None:
    for args in (["--transport", "nats"], ["--url", DEFAULT_NATS_URL]):
        options, _ = options_of([*args, "--images", "http://pictures"], "tui")
        assert (options.url, options.nats_url) == (DEFAULT_NATS_URL, DEFAULT_NATS_URL)
        assert options.images_url == "http://pictures"


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--transport", "nats", "--url", "http://a"], "needs a nats:// address, not http://a"),
        (["--images", "127.0.0.1:8000"], "argument --images: an address such as http://"),
        (["--images", "nats://127.0.0.1"], "argument --images: an address such as http://"),
        (["--deadline", "0"], "0 is less than 0.1 seconds"),
        (["--deadline", "soon"], "'soon' is no number of seconds"),
        (["--deadline", "nan"], "'nan' is no number of seconds"),
        (["--language", "fr"], "invalid choice: 'fr'"),
        (["--dem"], "unrecognized arguments: --dem"),
        (["one.jpg", "two.jpg"], "unrecognized arguments: two.jpg"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_line(
    args: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options_of(args, "lookalike tui")
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err.splitlines()[-1]


def test_without_a_terminal_it_says_so_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The terminal UI needs a terminal, and its input is none: ")
    assert "`ssh -t`" in done.stderr
    assert len(done.stderr.splitlines()) == 1
