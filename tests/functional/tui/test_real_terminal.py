"""The program itself in a terminal, from its start to results."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.functional.tui.served import Served
from tests.terminal import terminal


def test_from_the_start_to_results_and_out(shop: Served, photo: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui", "--url", shop.url]
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    with terminal(command, 100, 30, environment) as (screen, process):
        screen.wait_for("Photos here")
        screen.paste(str(photo))
        screen.wait_for("Draw a box around the garment")
        screen.wait_for("the whole photo")
        screen.wait_for("▀")
        screen.wait_for("Next suggestion")
        screen.press("tab")
        screen.wait_for("suggestion 1 of 2")
        screen.press("enter")
        shown = screen.wait_for("saves 10.00 (33%)")
        assert "The same look is in the catalogue." in shown
        screen.press("ctrl+q")
        screen.read_to_end()
        assert process.wait(30) == 0
    assert b"Traceback" not in screen.raw
