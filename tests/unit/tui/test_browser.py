"""Which browsers have a window of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ASKED = "from tui.browser import has_window; print(has_window())"


@pytest.mark.parametrize(
    ("programs", "environment", "has_window"),
    [
        ([], {}, False),
        (["w3m"], {}, False),
        (["www-browser", "lynx"], {}, False),
        (["links"], {"BROWSER": "links"}, False),
        (["w3m"], {"BROWSER": "w3m %s"}, False),
        (["firefox"], {}, False),  # it would need a display
        (["firefox", "w3m"], {"DISPLAY": ":0"}, True),
        (["w3m", "helper"], {"BROWSER": "{folder}/helper"}, True),
    ],
)
def test_a_browser_in_the_terminal_has_no_window(
    tmp_path: Path, programs: list[str], environment: dict[str, str], has_window: bool
) -> None:
    for name in programs:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    given = {name: value.format(folder=tmp_path) for name, value in environment.items()}
    done = subprocess.run(
        [sys.executable, "-c", _ASKED],
        env={"PATH": str(tmp_path), "TERM": "xterm", **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(has_window)
