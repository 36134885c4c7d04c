"""The terminal UI against the real service, as a shopper at a terminal goes through it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from catalog.street_queries import StreetQuery
from cli.settings import Settings
from deployments.local_service import LocalService
from tests.integration.conftest import PATIENCE_S
from tests.integration.test_service import LOOKALIKE, recommend
from tests.terminal import Terminal, terminal

pytestmark = pytest.mark.timeout(1200)  # the first test may have to draw the catalogue


@contextmanager
def tui(folder: Path, *options: str) -> Iterator[Terminal]:
    """`lookalike tui` in a terminal, in a folder of its own."""
    command = [LOOKALIKE, "tui", *options, "--deadline", str(PATIENCE_S)]
    environment = {**os.environ, "XDG_CONFIG_HOME": str(folder), "LC_ALL": "C.UTF-8"}
    with terminal(command, environment, columns=120, rows=40, folder=folder) as shown:
        yield shown


def leave(shown: Terminal) -> None:
    """Quit; the terminal is as it was."""
    shown.press("ctrl+q")
    assert shown.wait_end() == 0
    assert shown.modes_left_on() == set()
    assert b"Traceback" not in shown.raw


def test_from_the_demos_photo_to_a_saved_result(
    service: LocalService,
    client: httpx.Client,
    demo: Settings,
    street: list[StreetQuery],
    tmp_path: Path,
) -> None:
    best = recommend(client, street[0], k=10)["hits"]
    options = ("--demo", "--data", str(demo.data_dir.resolve()), "--url", service.url)
    with tui(tmp_path, *options) as shown:
        shown.wait_for(street[0].photo.name, "▀▀▀▀", "Next suggestion")
        shown.press("enter")
        shown.wait_for("The same look is in the catalogue.", best[0]["product"]["brand"], "1/1")
        shown.press("m")
        shown.wait_for("More like", "2/2")
        shown.press("[")
        shown.wait_for("1/2", street[0].photo.name)
        shown.press("s")
        shown.wait_for("Save the result")
        shown.press("down", "enter")
        shown.wait_for("Saved:")
        leave(shown)
    saved = json.loads((tmp_path / f"lookalike-{street[0].photo.stem}.json").read_text())
    assert [hit["product"]["id"] for hit in saved["hits"]] == [hit["product"]["id"] for hit in best]


def test_a_dropped_photo_is_asked_about_over_nats(
    service: LocalService, street: list[StreetQuery], tmp_path: Path
) -> None:
    assert service.nats_url is not None
    with tui(tmp_path, "--url", service.nats_url, "--images", service.url) as shown:
        shown.wait_for("Photos here")
        shown.paste(str(street[1].photo.resolve()))
        shown.wait_for(street[1].photo.name, "the whole photo", "Next suggestion")
        shown.press("tab")
        shown.wait_for("suggestion 1 of")
        shown.press("enter")
        shown.wait_for("1/1", "10 products.", f"{street[1].category}", "▀▀▀▀")
        leave(shown)
