"""The program itself in a terminal: what is drawn, and how it leaves."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.functional.tui.drawn_shop import save_photo
from tests.functional.tui.served import Served
from tests.terminal import Graphics, Terminal, terminal

KITTYS_PLACEHOLDER = "\U0010eeee"
FOUND = "The same look is in the catalogue."


@contextmanager
def looking(
    shop: Served,
    folder: Path,
    *,
    columns: int = 100,
    rows: int = 30,
    graphics: Graphics = "none",
    **variables: str,
) -> Iterator[Terminal]:
    """The program with the photo in front and its boxes suggested."""
    command = [sys.executable, "-m", "tui", str(save_photo(folder)), "--url", shop.url]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8", **variables}
    with terminal(command, environment, columns=columns, rows=rows, graphics=graphics) as shown:
        shown.wait_for("the whole photo", "Next suggestion")
        yield shown


def search(shown: Terminal) -> None:
    """Take the first suggested box and ask."""
    shown.press("tab")
    shown.wait_for("suggestion 1 of 2")
    shown.press("enter")
    shown.wait_for(FOUND, "Product 4")


def test_it_leaves_the_terminal_as_it_was(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path) as shown:
        assert shown.modes_left_on()
        shown.press("ctrl+c")
        shown.wait_for("Ctrl+Q")
        shown.press("ctrl+q")
        assert shown.wait_end() == 0
        assert shown.modes_left_on() == set()
        assert b"Traceback" not in shown.raw


def test_a_signal_ends_it_tidily(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path) as shown:
        shown.process.send_signal(signal.SIGTERM)
        assert shown.wait_end() == 128 + signal.SIGTERM
        assert shown.modes_left_on() == set()
        assert b"Traceback" not in shown.raw


def test_a_page_does_not_open_in_the_terminal_that_is_in_use(shop: Served, tmp_path: Path) -> None:
    programs, asked = tmp_path / "bin", tmp_path / "asked"
    programs.mkdir()
    for name in ("www-browser", "w3m"):
        (programs / name).write_text(f"#!/bin/sh\necho > {asked}\n")
        (programs / name).chmod(0o755)
    with looking(
        shop, tmp_path, PATH=str(programs), BROWSER="", DISPLAY="", WAYLAND_DISPLAY=""
    ) as shown:
        search(shown)
        shown.press("o")
        shown.wait_for("No browser here: link copied.")
        shown.wait_for_bytes(b"\x1b]52;c;aHR0cHM6Ly9zaG9wLmV4YW1wbGUvN")
        assert not asked.exists()


def test_it_ends_with_its_terminal(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path) as shown:
        shown.close()
        assert shown.process.wait(60) == 128 + signal.SIGHUP


def test_the_mouse_draws_the_box(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path) as shown:
        column, row = shown.find("▀▀▀▀▀▀▀▀▀▀")
        shown.drag((column + 6, row + 4), (column + 20, row + 14))
        shown.wait_until_gone("the whole photo")
        shown.press("enter")
        shown.wait_for("Product")


def test_the_window_may_change_its_size_while_products_are_shown(
    shop: Served, tmp_path: Path
) -> None:
    with looking(shop, tmp_path, columns=140, rows=40) as shown:
        search(shown)
        shown.wait_for("You look for")
        shown.resize(80, 24)
        shown.wait_until_gone("You look for")
        shown.wait_for(FOUND, "Product 4", "Help")
        assert max(len(line) for line in shown.text.splitlines()) <= 80
        shown.resize(200, 60)
        shown.wait_for("You look for", FOUND, "Product 9")


def test_a_terminal_with_kittys_graphics_gets_pictures(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path, graphics="kitty") as shown:
        shown.wait_for(KITTYS_PLACEHOLDER)
        assert re.search(rb"\x1b_Gi=\d+,m=0,f=100,q=2;[\w+/=]+\x1b", shown.raw)
        assert re.search(rb"\x1b_Ga=p,i=\d+,c=\d+,r=\d+,U=1,q=2\x1b", shown.raw)
        assert "▀▀▀▀" not in shown.text


def test_a_terminal_with_sixel_gets_pictures(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path, graphics="sixel") as shown:
        shown.wait_for_bytes(b"\x1bP")
        assert re.search(rb"\x1bP[\d;]*q", shown.raw)
        assert "▀▀▀▀" not in shown.text


def test_any_other_terminal_gets_half_blocks(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path) as shown:
        shown.wait_for("▀▀▀▀▀▀▀▀▀▀")
        assert b"\x1bP" not in shown.raw
        assert shown.raw.count(b"\x1b_G") == 1  # the question whether it can


def test_a_locale_of_old_is_no_reason_to_draw_escapes(shop: Served, tmp_path: Path) -> None:
    with looking(shop, tmp_path, PYTHONIOENCODING="latin-1", PYTHONUTF8="0") as shown:
        shown.wait_for("▀")
        assert rb"\u2580" not in shown.raw
