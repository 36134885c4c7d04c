"""Whatever goes wrong is one friendly line, and the way on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lookalike.access.gate import AccessRules, Gate
from lookalike.access.key_file import KeyFile
from lookalike.access.key_ring import KeyRing
from lookalike.access.keys import Scope, new_key
from lookalike.contract.errors import UnavailableError
from tests.functional.tui.drawn_shop import SHIRT_BOX
from tests.functional.tui.driven import press, running, said, settled
from tests.functional.tui.nats_alone import nats_server_alone
from tests.functional.tui.served import Served, free_port, served
from tui.messages import SuggestionsFailed
from tui.screens.look import LookScreen
from tui.screens.results import ResultsScreen
from tui.screens.start_service import StartServiceScreen
from tui.search.crop_box import Box


async def test_a_service_that_is_down_is_told_and_found_again(photo: Path, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with running(tmp_path, url, photo=photo) as (app, pilot):
        down = (
            f"✗ No service answers at {url}. Start one with `lookalike up`, or give another "
            "--url.  Ctrl+R tries again."
        )
        assert said(app) == down
        await press(pilot, "enter")
        assert said(app) == down
        with served(tmp_path / "images", port=port):
            await press(pilot, "ctrl+r")
            assert isinstance(app.screen, ResultsScreen)
            await press(pilot, "escape", "tab")
            assert app.session.box == Box(*SHIRT_BOX)
            await press(pilot, "enter")
        await press(pilot, "f5")
        assert said(app) == down
        assert app.session.history.place == (2, 2)


async def test_a_service_that_is_slow_is_told(photo: Path, tmp_path: Path) -> None:
    with served(tmp_path / "images") as shop:
        shop.segmenter.hold = True
        async with running(tmp_path, shop.url, photo=photo, deadline_s=0.5) as (app, pilot):
            await press(pilot, "enter")
            assert said(app) == (
                "✗ The service took too long. Try again, or allow it longer with --deadline.  "
                "Ctrl+R tries again."
            )


async def test_a_service_that_is_overloaded_is_told(photo: Path, tmp_path: Path) -> None:
    with served(tmp_path / "images", max_in_flight=1) as shop:
        shop.segmenter.hold = True
        async with (
            running(tmp_path, shop.url, photo=photo) as (first, first_pilot),
            running(tmp_path, shop.url, photo=photo) as (app, pilot),
        ):
            await first_pilot.press("enter")
            await asyncio.to_thread(shop.segmenter.arrived.acquire)
            await press(pilot, "enter")
            assert said(app) == (
                "✗ The service has too much to do right now. Try again in a moment.  "
                "Ctrl+R tries again."
            )
            assert first.session.running is not None
            await first_pilot.press("escape")
            await settled(first_pilot)


class _SomethingElse(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        pass


class _Moved(_SomethingElse):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(308)
        self.send_header("Location", "https://shop.example/v1")
        self.end_headers()


@contextmanager
def answering(kind: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """What is no lookalike service, on a free port; where it answers."""
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_another_service_at_that_address_is_told(photo: Path, tmp_path: Path) -> None:
    with answering(_SomethingElse) as url:
        async with running(tmp_path, url, photo=photo) as (app, pilot):
            await press(pilot, "enter")
            assert said(app).startswith(f"✗ Something went wrong at {url}. Is it a lookalike")


async def test_a_service_that_says_what_is_down_is_quoted(photo: Path, tmp_path: Path) -> None:
    with served(tmp_path / "images") as shop:
        shop.segmenter.down = 99
        async with running(tmp_path, shop.url, photo=photo) as (app, pilot):
            await press(pilot, "enter")
            assert said(app) == (
                "✗ No search is possible now: the segmenter is down; try again in a moment.  "
                "Ctrl+R tries again."
            )
            shop.segmenter.down = 0
            await press(pilot, "ctrl+r")
            assert isinstance(app.screen, ResultsScreen)


async def test_beside_a_service_that_answers_the_demo_offers_no_second_one(
    photo: Path, tmp_path: Path
) -> None:
    error = UnavailableError("the segmenter is down; try again in a moment")
    with served(tmp_path / "images") as shop:
        async with running(tmp_path, shop.url, photo=photo, demo=True) as (app, pilot):
            assert app.session.photo is not None
            app.post_message(SuggestionsFailed(app.session.photo, error))
            await settled(pilot)
            assert isinstance(app.screen, LookScreen)
            assert "the segmenter is down" in said(app)


async def test_an_address_that_sends_elsewhere_or_speaks_no_tls_is_told_as_it_is(
    photo: Path, tmp_path: Path
) -> None:
    with answering(_Moved) as url:
        async with running(tmp_path, url, photo=photo, demo=True) as (app, _):
            assert isinstance(app.screen, LookScreen)
            assert said(app).startswith(
                f"✗ No search is possible now: the service at {url} sends its callers elsewhere, "
                "to https://shop.example/v1; give that address."
            )
        secure = url.replace("http:", "https:")
        async with running(tmp_path, secure, photo=photo) as (app, _):
            told = f"✗ No search is possible now: the service at {secure} can't be reached: [SSL"
            assert said(app).startswith(told)


@pytest.mark.parametrize("address", ["nats://127.0.0.1:9", "http://127.0.0.1:9"])
async def test_where_nobody_listens_the_demo_offers_to_start_a_service(
    photo: Path, tmp_path: Path, address: str
) -> None:
    images = "http://127.0.0.1:9"
    async with running(tmp_path, address, photo=photo, demo=True, images_url=images) as (app, _):
        assert isinstance(app.screen, StartServiceScreen)
        assert app.session.trouble is not None
        assert app.session.trouble.line == f"No service answers at {address}."


async def test_a_nats_server_without_a_service_is_told(photo: Path, tmp_path: Path) -> None:
    async with (
        nats_server_alone() as url,
        running(tmp_path, url, photo=photo, images_url="http://127.0.0.1:9") as (app, pilot),
    ):
        await press(pilot, "enter")
        assert said(app).startswith(f"✗ No service answers at {url}. Start one with `lookalike up`")


async def test_an_address_of_pictures_that_is_none_is_told(photo: Path, tmp_path: Path) -> None:
    address = "nats://127.0.0.1:9"
    async with running(tmp_path, address, photo=photo, images_url="127.0.0.1:8") as (app, pilot):
        await press(pilot, "enter")
        assert said(app).startswith("✗ No search is possible now: '127.0.0.1:8' is no address of")


async def test_what_the_service_refuses_is_told_in_its_words(
    shop: Served, photo: Path, tmp_path: Path
) -> None:
    async with running(tmp_path, shop.url, photo=photo, deadline_s=90) as (app, pilot):
        await press(pilot, "enter")
        assert said(app) == (
            "✗ The service refuses this: Lookalike-Deadline: must be seconds, above 0 and up to "
            "60. Change it and try again."
        )


async def test_a_service_that_asks_for_a_key_gets_it_and_nothing_shows_it(
    photo: Path, tmp_path: Path
) -> None:
    key, stored = new_key("shopper", [Scope.READ])
    keys = KeyFile(tmp_path / "keys.json")
    keys.add(stored)
    gate = Gate(AccessRules(frozenset(Scope)), KeyRing(keys.path))
    with served(tmp_path / "images", gate=gate) as shop:
        for wrong in (None, "guess", "gehéim"):
            async with running(tmp_path, shop.url, photo=photo, api_key=wrong) as (app, pilot):
                await press(pilot, "enter")
                assert said(app).startswith("✗ The service asks for an API key that counts.")
        async with running(tmp_path, shop.url, photo=photo, api_key=key) as (app, pilot):
            await press(pilot, "enter", "c")
            assert app.session.history.current is not None
            assert '"Authorization: Bearer $LOOKALIKE_API_KEY"' in app.clipboard
            shown = app.clipboard + repr(app.options) + app.export_screenshot()
            assert key.rpartition("_")[2] not in shown


async def test_an_address_that_is_none_is_told(photo: Path, tmp_path: Path) -> None:
    for address in ("nonsense", "http://[", "http://", "http://h:99999", "nats://:4222"):
        async with running(tmp_path, address, photo=photo) as (app, pilot):
            await press(pilot, "enter")
            assert said(app).startswith(
                f"✗ No search is possible now: {address!r} is no address of a service, such as"
            )
