"""The terminal UI in a terminal, against the running service."""

from __future__ import annotations

import sys
from pathlib import Path

from catalog.street_queries import StreetQuery
from deployments.local_service import LocalService
from tests.terminal import terminal


def test_a_street_photo_finds_its_look_in_the_terminal(
    service: LocalService, street: list[StreetQuery], tmp_path: Path
) -> None:
    query = street[0]
    program = "from cli.main import app; app()"
    command = [sys.executable, "-c", program, "tui", str(query.photo)]
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    options = ["--url", service.url, "--deadline", "60"]
    with terminal([*command, *options], 120, 40, environment) as (screen, process):
        screen.wait_for("Next suggestion")
        screen.press("tab")
        screen.wait_for("suggestion 1 of")
        screen.press("enter")
        shown = screen.wait_for("in the catalogue")
        assert query.category in shown
        screen.press("v")
        screen.wait_for("Alike")
        screen.press("ctrl+q")
        screen.read_to_end()
        assert process.wait(30) == 0
    assert b"Traceback" not in screen.raw
