"""The first screen loads little."""

from __future__ import annotations

import subprocess
import sys

_LOADED = """
import sys
from tui.command import options_of
options_of(["photo.jpg", "--url", "http://a-service"], "tui")
import tui.start, tui.app, tui.pictures
print(*{name.partition(".")[0] for name in sys.modules})
"""


def test_the_first_screen_waits_for_nothing_that_only_a_request_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "textual" in loaded
    later = {
        "torch",
        "ray",
        "numpy",
        "httpx",
        "nats",
        "pydantic",
        "typer",
        "catalog",
        "PIL",
        "textual_image",
    }
    assert not loaded & later
